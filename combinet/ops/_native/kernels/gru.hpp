// One step of a GRU. Gates lie r, z, n, each `units` wide, in a row; `inner` is the product of the
// outputs before by Wh.

// Activates the gates in place, and keeps what r has a share in: the n of inner, with its bias.
static void gru_rows(float* gates, const Lines& inner, const float* bias, const Lines& before,
                     Long rows, Long units, float* kept, float* outputs) {
  for (Long i = 0; i < rows; i++) {
    float* q = gates + i * 3 * units;
    const float* u = inner.data + i * inner.step;
    const float* b = before.data + i * before.step;
    float* k = kept + i * units;
    float* h = outputs + i * units;
    INDEPENDENT
    for (Long j = 0; j < 2 * units; j++) q[j] = sigmoid_of(q[j] + (u[j] + bias[j]));
    INDEPENDENT
    for (Long j = 0; j < units; j++) {
      float r = q[j], z = q[units + j], inside = u[2 * units + j] + bias[2 * units + j];
      float n = tanh_of(q[2 * units + j] + r * inside);
      k[j] = inside;
      q[2 * units + j] = n;
      h[j] = (1.f - z) * n + z * b[j];
    }
  }
}

// The gradients of the gates before their activation, by way of the input and by way of `inner`. dh
// comes in as the gradient of the outputs by what follows, and goes out as that of the outputs
// before, but for what they owe to `inner`.
static void backprop_gru_rows(const float* gates, const float* kept, const Lines& before,
                              const Lines& dY, Long rows, Long units, float* dh, float* dgates,
                              float* dinner) {
  for (Long i = 0; i < rows; i++) {
    const float* q = gates + i * 3 * units;
    const float* k = kept + i * units;
    const float* b = before.data + i * before.step;
    const float* d = dY.data + i * dY.step;
    float* e = dh + i * units;
    float* to_gates = dgates + i * 3 * units;
    float* to_inner = dinner + i * 3 * units;
    INDEPENDENT
    for (Long j = 0; j < units; j++) {
      float r = q[j], z = q[units + j], n = q[2 * units + j], dh_now = d[j] + e[j];
      float dn = dh_now * (1.f - z) * (1.f - n * n);
      float dr = dn * k[j] * r * (1.f - r);
      float dz = dh_now * (b[j] - n) * z * (1.f - z);
      to_gates[j] = to_inner[j] = dr;
      to_gates[units + j] = to_inner[units + j] = dz;
      to_gates[2 * units + j] = dn;
      to_inner[2 * units + j] = dn * r;
      e[j] = dh_now * z;
    }
  }
}
