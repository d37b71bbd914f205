// Each row with its neighbours, as far as its own sequence, [starts[i], ends[i]), goes.

static void window_rows(const float* X, const int32_t* starts, const int32_t* ends, Long first,
                        Long past, Long width, Long window, float* out) {
  for (Long i = first; i < past; i++)
    for (Long d = -window; d <= window; d++, out += width) {
      Long j = i + d;
      if (j < starts[i] || j >= ends[i])
        for (Long k = 0; k < width; k++) out[k] = 0;
      else
        for (Long k = 0; k < width; k++) out[k] = X[j * width + k];
    }
}

// dX of rows [first, past), which dX starts at, is added to: row i is in the window of row i - d.
static void backprop_window_rows(const float* dV, const int32_t* starts, const int32_t* ends,
                                 Long first, Long past, Long width, Long window, float* dX) {
  Long wide = (2 * window + 1) * width;
  for (Long i = first; i < past; i++, dX += width)
    for (Long d = -window; d <= window; d++) {
      Long j = i - d;
      if (j < starts[i] || j >= ends[i]) continue;
      const float* from = dV + j * wide + (d + window) * width;
      for (Long k = 0; k < width; k++) dX[k] += from[k];
    }
}
