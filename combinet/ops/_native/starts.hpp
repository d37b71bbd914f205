// Where sequences start that lie end to end.
#pragma once
#include <vector>

#include "python.hpp"

namespace combinet {

// One more than there are sequences; empty where the lengths are negative or not those of `rows`.
template <class T>
std::vector<int64_t> starts_of(const Numbers<T>& lengths, Index rows) {
  std::vector<int64_t> starts{0};
  for (Index i = 0; i < lengths.size(); i++) {
    if (int64_t(lengths.data[i]) < 0 || starts.back() + int64_t(lengths.data[i]) > rows) return {};
    starts.push_back(starts.back() + int64_t(lengths.data[i]));
  }
  return starts.back() == rows ? starts : std::vector<int64_t>();
}

}  // namespace combinet
