// Attention, a head of a sequence at a time, and rotations: combinet.ops._attention.
//
// Queries, keys and values may be any views whose last axis is in order; what comes back is laid
// out (batch, rows, heads, width), so that rows of all heads are again in order.
#include <cmath>

#include "dropout.hpp"
#include "families.hpp"
#include "gemm.hpp"
#include "threads.hpp"

namespace combinet {

namespace {

struct Sizes {
  Index batch, heads, queries, keys, width, values;

  double work() const {
    return double(batch * heads) * double(queries) * double(keys) * double(width + values);
  }
  Index grain() const { return work() < 1e6 ? batch * heads + 1 : 1; }
  float share() const { return 1.f / std::sqrt(float(width ? width : 1)); }
};

bool take_sizes(const Grid& Q, const Grid& K, const Grid& V, Sizes* sizes) {
  *sizes = {Q.shape[0], Q.shape[1], Q.shape[2], K.shape[2], Q.shape[3], V.shape[3]};
  return K.shape[0] == sizes->batch && V.shape[0] == sizes->batch && K.shape[1] == sizes->heads &&
         V.shape[1] == sizes->heads && K.shape[3] == sizes->width && V.shape[2] == sizes->keys;
}

// One head of one sequence.
Matrix head_of(const Grid& X, Index b, Index h) {
  return {X.data + b * X.stride[0] + h * X.stride[1], X.stride[2], 1};
}
Matrix turned(Matrix X) { return {X.data, X.column, X.row}; }

// The same, of an array (batch, rows, heads, width) that is written.
struct Written {
  float* data;
  Index rows, heads, width;

  float* head(Index b, Index h) const { return data + (b * rows * heads + h) * width; }
  Index stride() const { return heads * width; }
};

// A mask as it spreads over (batch, heads, queries, keys).
struct Mask {
  const uint8_t* data = nullptr;
  Index step[4] = {};

  bool take(const Numbers<uint8_t>& mask, const Sizes& sizes) {
    const Index whole[4] = {sizes.batch, sizes.heads, sizes.queries, sizes.keys};
    Index step_now = 1;
    data = mask.data;
    for (int axis = 3, mine = mask.ndim - 1; mine >= 0; axis--, mine--) {
      Index size = mask.shape[mine];
      if (size != whole[axis] && size != 1) return false;
      step[axis] = size == 1 ? 0 : step_now;
      step_now *= size;
    }
    return true;
  }
  const uint8_t* of(Index b, Index h) const { return data ? data + b * step[0] + h * step[1] : data; }
};

NewArray<float> new_heads(const Sizes& sizes, Index rows, Index width) {
  Index shape[4] = {sizes.batch, rows, sizes.heads, width};
  return new_array<float>(4, shape);
}

// Runs f(b, h, at) for every head, `at` being where its weights start; false if one f is.
template <class F>
bool over_heads(const Sizes& sizes, F&& f) {
  return all_succeed(sizes.batch * sizes.heads, sizes.grain(), [&](Index first, Index past) {
    bool good = true;
    for (Index i = first; i < past; i++)
      good = f(i / sizes.heads, i % sizes.heads, i * sizes.queries * sizes.keys) && good;
    return good;
  });
}

// The weights behind the dropout, which may be the weights themselves; null without memory.
const float* dropped(const float* P, Index at, Index count, const MaybeDropping& drop) {
  if (!drop.drops) return P + at;
  float* room = scratch(3, count);
  if (room) kernels->drop_out(P + at, room, at, count, drop.dropping);
  return room;
}

// attention(Q, K, V, mask, drop) -> (Y, P)
PyObject* attention(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 5);
  Grid Q = in.grid(0), K = in.grid(1), V = in.grid(2);
  Numbers<uint8_t> seen = in.is_none(3) ? Numbers<uint8_t>() : in.bools_of_any_rank(3);
  MaybeDropping drop = in.fits() ? maybe_dropping(items[4]) : MaybeDropping();
  Sizes sizes;
  Mask mask;
  in.require(in.fits() && drop.fits && take_sizes(Q, K, V, &sizes));
  if (!in.require(in.fits() && (!seen || mask.take(seen, sizes)))) return decline();
  Index shape[4] = {sizes.batch, sizes.heads, sizes.queries, sizes.keys};
  NewArray<float> Y = new_heads(sizes, sizes.queries, sizes.values);
  NewArray<float> P = new_array<float>(4, shape);
  if (!Y || !P) return nullptr;
  Written out{Y.data, sizes.queries, sizes.heads, sizes.values};
  bool good;
  {
    Unlocked unlocked(sizes.work());
    good = over_heads(sizes, [&](Index b, Index h, Index at) {
      float* weights = P.data + at;
      if (!multiply(sizes.queries, sizes.keys, sizes.width, head_of(Q, b, h),
                    turned(head_of(K, b, h)), weights, sizes.keys, false))
        return false;
      kernels->attention_rows(weights, mask.of(b, h), mask.step[2], mask.step[3], sizes.queries,
                              sizes.keys, sizes.share());
      const float* some = dropped(P.data, at, sizes.queries * sizes.keys, drop);
      return some && multiply(sizes.queries, sizes.values, sizes.keys, {some, sizes.keys, 1},
                              head_of(V, b, h), out.head(b, h), out.stride(), false);
    });
  }
  return good ? tuple_of(Y, P) : PyErr_NoMemory();
}

struct Back {
  Sizes sizes;
  Grid dY, Q, K, V;
  Floats P;
  MaybeDropping drop;
  Written dQ, dK, dV;

  bool head(Index b, Index h, Index at) const {
    Index q = sizes.queries, k = sizes.keys, numbers = q * k;
    const float* some = dropped(P.data, at, numbers, drop);
    float* dS = scratch(4, numbers);
    if (!some || !dS) return false;
    Matrix d = head_of(dY, b, h), scores = {dS, k, 1};
    if (!multiply(k, sizes.values, q, {some, 1, k}, d, dV.head(b, h), dV.stride(), false) ||
        !multiply(q, k, sizes.values, d, turned(head_of(V, b, h)), dS, k, false))
      return false;
    if (drop.drops) kernels->drop_out(dS, dS, at, numbers, drop.dropping);
    kernels->backprop_softmax_rows(P.data + at, dS, q, k, sizes.share(), dS);
    return multiply(q, sizes.width, k, scores, head_of(K, b, h), dQ.head(b, h), dQ.stride(), false) &&
           multiply(k, sizes.width, q, turned(scores), head_of(Q, b, h), dK.head(b, h), dK.stride(), false);
  }
};

// backprop_attention(dY, Q, K, V, P, drop) -> (dQ, dK, dV)
PyObject* backprop_attention(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 6);
  Back back{};
  back.dY = in.grid(0), back.Q = in.grid(1), back.K = in.grid(2), back.V = in.grid(3);
  back.P = in.floats(4, 4);
  if (in.fits()) back.drop = maybe_dropping(items[5]);
  Sizes& sizes = back.sizes;
  in.require(in.fits() && back.drop.fits && take_sizes(back.Q, back.K, back.V, &sizes));
  const Index weights[4] = {sizes.batch, sizes.heads, sizes.queries, sizes.keys};
  const Index outputs[4] = {sizes.batch, sizes.heads, sizes.queries, sizes.values};
  for (int axis = 0; axis < 4; axis++)
    in.require(back.P.shape[axis] == weights[axis] && back.dY.shape[axis] == outputs[axis]);
  if (!in.fits()) return decline();
  NewArray<float> dQ = new_heads(sizes, sizes.queries, sizes.width);
  NewArray<float> dK = new_heads(sizes, sizes.keys, sizes.width);
  NewArray<float> dV = new_heads(sizes, sizes.keys, sizes.values);
  if (!dQ || !dK || !dV) return nullptr;
  back.dQ = {dQ.data, sizes.queries, sizes.heads, sizes.width};
  back.dK = {dK.data, sizes.keys, sizes.heads, sizes.width};
  back.dV = {dV.data, sizes.keys, sizes.heads, sizes.values};
  bool good;
  {
    Unlocked unlocked(2 * sizes.work());
    good = over_heads(sizes, [&](Index b, Index h, Index at) { return back.head(b, h, at); });
  }
  return good ? tuple_of(dQ, dK, dV) : PyErr_NoMemory();
}

// rotary(X, positions, period, sign) -> X turned: X (rows, heads, width)
PyObject* rotary(PyObject*, PyObject* const* items, Py_ssize_t count) {
  Arguments in(items, count, 4);
  Floats X = in.floats(0, 3);
  Numbers<int32_t> places = in.ints(1, 1);
  double period = in.number(2), sign = in.number(3);
  Index rows = X.shape[0], heads = X.shape[1], half = X.shape[2] / 2;
  in.require(X.shape[2] % 2 == 0 && places.size() == rows && period > 0);
  int32_t most = -1, least = 0;
  for (Index i = 0; in.fits() && i < rows; i++) {
    most = places.data[i] > most ? places.data[i] : most;
    least = places.data[i] < least ? places.data[i] : least;
  }
  // Angles are kept for each place; were there many more of those than rows, it would not pay.
  if (!in.require(least >= 0 && most <= 4 * rows + 64)) return decline();
  NewArray<float> Y = new_array<float>(3, X.shape);
  if (!Y) return nullptr;
  Index angles = (Index(most) + 1) * half;
  float *cosines = scratch(3, angles), *sines = scratch(4, angles);
  if (!cosines || !sines) return PyErr_NoMemory();
  {
    Unlocked unlocked(4. * double(X.size()));
    for (Index j = 0; j < half; j++) {
      double divisor = std::pow(period, double(j) / double(half));
      for (Index p = 0; p <= most; p++) {
        double angle = double(p) / divisor;
        cosines[p * half + j] = float(std::cos(angle));
        sines[p * half + j] = float(sign * std::sin(angle));
      }
    }
    parallel_for(rows, 256, [&](Index first, Index past) {
      Index at = first * heads * 2 * half;
      kernels->rotate_rows(X.data + at, places.data + first, cosines, sines, past - first, heads,
                           half, Y.data + at);
    });
  }
  return Y.release();
}

}  // namespace

PyMethodDef attention_entries[] = {
    COMBINET_ENTRY(attention, "means of values, weighted by how queries match keys"),
    COMBINET_ENTRY(backprop_attention, "its gradients"),
    COMBINET_ENTRY(rotary, "pairs of columns turned by their rows' places"),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace combinet
