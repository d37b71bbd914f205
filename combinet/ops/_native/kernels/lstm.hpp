// The cells of one step of an LSTM. Gates lie f, i, o, g, each `units` wide, in a row.

// Activates the gates in place; `before` has the cells of the step before.
static void lstm_cells(float* gates, const Lines& before, Long rows, Long units, float* cells,
                       float* outputs) {
  for (Long r = 0; r < rows; r++) {
    float* q = gates + r * 4 * units;
    const float* b = before.data + r * before.step;
    float* c = cells + r * units;
    float* h = outputs + r * units;
    INDEPENDENT
    for (Long j = 0; j < 3 * units; j++) q[j] = sigmoid_of(q[j]);
    INDEPENDENT
    for (Long j = 3 * units; j < 4 * units; j++) q[j] = tanh_of(q[j]);
    INDEPENDENT
    for (Long j = 0; j < units; j++) {
      float cell = q[j] * b[j] + q[units + j] * q[3 * units + j];
      c[j] = cell;
      h[j] = q[2 * units + j] * tanh_of(cell);
    }
  }
}

// The gradient of the gates before their activation. dc comes in as the gradient of the cells by
// what follows, and goes out as that of the cells before.
static void backprop_lstm_cells(const float* gates, const Lines& before, const float* cells,
                                const Lines& dY, const float* dh, float* dc, Long rows, Long units,
                                float* dgates) {
  for (Long r = 0; r < rows; r++) {
    const float* q = gates + r * 4 * units;
    const float* b = before.data + r * before.step;
    const float* c = cells + r * units;
    const float* d = dY.data + r * dY.step;
    const float* e = dh + r * units;
    float* k = dc + r * units;
    float* out = dgates + r * 4 * units;
    INDEPENDENT
    for (Long j = 0; j < units; j++) {
      float f = q[j], i = q[units + j], o = q[2 * units + j], g = q[3 * units + j];
      float squashed = tanh_of(c[j]), dh_now = d[j] + e[j];
      float dc_now = k[j] + dh_now * o * (1.f - squashed * squashed);
      out[j] = dc_now * b[j] * f * (1.f - f);
      out[units + j] = dc_now * g * i * (1.f - i);
      out[2 * units + j] = dh_now * squashed * o * (1.f - o);
      out[3 * units + j] = dc_now * i * (1.f - g * g);
      k[j] = dc_now * f;
    }
  }
}
