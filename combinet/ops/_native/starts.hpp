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

// For each row where its sequence starts and ends; without lengths they are one. False where the
// lengths are negative or not those of `rows`.
inline bool bounds_of_rows(const Numbers<int32_t>& lengths, Index rows,
                           std::vector<int32_t>* starts, std::vector<int32_t>* ends) {
  starts->assign(size_t(rows), 0);
  ends->assign(size_t(rows), int32_t(rows));
  if (!lengths) return true;
  Index row = 0;
  for (Index i = 0; i < lengths.size(); i++) {
    Index past = row + lengths.data[i];
    if (lengths.data[i] < 0 || past > rows) return false;
    for (Index r = row; r < past; r++)
      (*starts)[size_t(r)] = int32_t(row), (*ends)[size_t(r)] = int32_t(past);
    row = past;
  }
  return row == rows;
}

}  // namespace combinet
