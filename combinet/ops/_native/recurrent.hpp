// What networks over packed sequences share. Rows are packed by time: those of step t are the first
// size_at_t[t] sequences, the longest first.
#pragma once
#include <algorithm>
#include <vector>

#include "python.hpp"

namespace combinet {

constexpr Index kMostUnits = Index(1) << 28;  // and inputs: so sizes can be multiplied

// Where each step's rows lie.
struct Steps {
  std::vector<Index> starts, sizes;
  Index rows = 0, batch = 0;

  // False where they are none that fit `all` rows.
  bool take(const Numbers<int32_t>& size_at_t, Index all) {
    for (Index t = 0; t < size_at_t.size(); t++) {
      Index size = size_at_t.data[t];
      if (size < 0 || (t && size > sizes.back())) return false;
      starts.push_back(rows), sizes.push_back(size);
      rows += size;
    }
    batch = sizes.empty() ? 0 : sizes[0];
    return rows == all;
  }
  Index count() const { return Index(sizes.size()); }
};

// Step s of a run in one direction: its rows, of which the first `continued` go on from rows of the
// step before; the other ones are `fresh`, and start from the initial state.
struct Step {
  Index start, size, before, continued;

  Step(const Steps& steps, bool backward, Index s) {
    Index t = backward ? steps.count() - 1 - s : s, p = backward ? t + 1 : t - 1;
    start = steps.starts[size_t(t)], size = steps.sizes[size_t(t)];
    before = s ? steps.starts[size_t(p)] : 0;
    continued = s ? std::min(size, steps.sizes[size_t(p)]) : 0;
  }
  Index fresh() const { return size - continued; }
};

// For each row of Y (rows, units) the one that its step started from.
inline void rows_before(const Steps& steps, bool backward, const float* Y, const float* initial,
                        Index units, float* out) {
  for (Index s = 0; s < steps.count(); s++) {
    Step step(steps, backward, s);
    float* to = out + step.start * units;
    std::copy_n(Y + step.before * units, step.continued * units, to);
    for (Index r = step.continued; r < step.size; r++) std::copy_n(initial, units, to + r * units);
  }
}

// One direction's rows (rows, units) as columns [d * units, (d + 1) * units) of `wide`.
inline void put_beside(const float* Y, Index rows, Index units, Index dirs, Index d, float* wide) {
  for (Index r = 0; r < rows; r++)
    std::copy_n(Y + r * units, units, wide + (r * dirs + d) * units);
}

}  // namespace combinet
