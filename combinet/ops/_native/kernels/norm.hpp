// Normalization of rows by itself.

static void layer_norm_rows(const float* X, const float* __restrict G, const float* __restrict c,
                            Long rows, Long width, float eps, float* mean, float* rstd,
                            float* __restrict Y) {
  for (Long i = 0; i < rows; i++) {
    const float* x = X + i * width;
    float* y = Y + i * width;
    float middle = row_mean(x, width);
    float r = float(1. / __builtin_sqrt(row_spread(x, width, middle) + double(eps)));
    mean[i] = middle, rstd[i] = r;
    for (Long j = 0; j < width; j++) y[j] = (x[j] - middle) * r * G[j] + c[j];
  }
}

static void backprop_layer_norm_rows(const float* dY, const float* X, const float* __restrict G,
                                     const float* mean, const float* rstd, Long rows, Long width,
                                     float* __restrict dG, float* __restrict dc,
                                     float* __restrict dX) {
  for (Long i = 0; i < rows; i++) {
    const float *d = dY + i * width, *x = X + i * width;
    float* out = dX + i * width;
    float m = mean[i], r = rstd[i];
    float level = row_sum(width, [=](Long j) { return d[j] * G[j]; }) / float(width);
    float along = row_sum(width, [=](Long j) { return d[j] * G[j] * ((x[j] - m) * r); }) / float(width);
    for (Long j = 0; j < width; j++) {
      float normal = (x[j] - m) * r;
      dG[j] += d[j] * normal;
      dc[j] += d[j];
      out[j] = (d[j] * G[j] - level - normal * along) * r;
    }
  }
}

static void rms_norm_rows(const float* X, const float* __restrict G, Long rows, Long width,
                          float eps, float* scale, float* __restrict Y) {
  for (Long i = 0; i < rows; i++) {
    const float* x = X + i * width;
    float* y = Y + i * width;
    float s = float(1. / __builtin_sqrt(row_spread(x, width, 0.f) + double(eps)));
    scale[i] = s;
    for (Long j = 0; j < width; j++) y[j] = x[j] * s * G[j];
  }
}

static void backprop_rms_norm_rows(const float* dY, const float* X, const float* __restrict G,
                                   const float* scale, Long rows, Long width,
                                   float* __restrict dG, float* __restrict dX) {
  for (Long i = 0; i < rows; i++) {
    const float *d = dY + i * width, *x = X + i * width;
    float* out = dX + i * width;
    float s = scale[i];
    float along = row_sum(width, [=](Long j) { return d[j] * G[j] * (x[j] * s); }) / float(width);
    for (Long j = 0; j < width; j++) {
      float normal = x[j] * s;
      dG[j] += d[j] * normal;
      out[j] = (d[j] * G[j] - normal * along) * s;
    }
  }
}
