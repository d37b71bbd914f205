// Maxout by itself: the pieces of a unit lie side by side. The first of equals; a NaN
// beats all, and leaves the place to the largest before it.

template <int P>
static inline void largest_of(const float* __restrict X, Long units, Long pieces,
                              float* __restrict best, int32_t* __restrict which) {
  const Long count = P ? P : pieces;
  for (Long i = 0; i < units; i++) {
    float most = X[i * count];
    int32_t place = 0;
    for (Long p = 1; p < count; p++) {
      float x = X[i * count + p];
      bool larger = x > most;
      most = (larger | (x != x)) ? x : most;
      place = larger ? int32_t(p) : place;
    }
    best[i] = most;
    which[i] = place;
  }
}

static void largest_pieces(const float* X, Long units, Long pieces, float* best, int32_t* which) {
  switch (pieces) {
    case 2: return largest_of<2>(X, units, pieces, best, which);
    case 3: return largest_of<3>(X, units, pieces, best, which);
    case 4: return largest_of<4>(X, units, pieces, best, which);
    default: return largest_of<0>(X, units, pieces, best, which);
  }
}

// To clear all and then write one number a unit is several times faster than to choose each.
static void backprop_largest_pieces(const float* dY, const int32_t* which, Long units, Long pieces,
                                    float* dX) {
  constexpr Long kBlock = 512;
  for (Long i = 0; i < units; i += kBlock) {
    Long past = least(units, i + kBlock);
    for (Long j = i * pieces; j < past * pieces; j++) dX[j] = 0.f;
    for (Long j = i; j < past; j++) dX[j * pieces + which[j]] = dY[j];
  }
}
