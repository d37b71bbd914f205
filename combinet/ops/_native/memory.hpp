// Memory that is used again: the arrays that entries return, and their scratch space.
//
// Touching fresh memory for the first time costs 25 to 40 times what touching warm memory does, and
// a step of training makes the same arrays over and over. A block goes back to the pool when the
// last array over it is gone, never before: nobody's numbers change under him.
#pragma once
#include "python.hpp"

namespace combinet {

// An object that lends `bytes` of memory by the buffer protocol, aligned to 64 bytes. Called, and
// its objects dropped, with the interpreter's lock held.
Owned new_block(Index bytes, void** data);

// Bytes that lie in the pool now; `most` is what it keeps at most.
Index pooled_bytes();
void drop_pool();
void drop_scratch();  // of this thread

}  // namespace combinet
