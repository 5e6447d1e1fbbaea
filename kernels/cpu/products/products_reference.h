// matmul.h and skinny.h in plain loops.
#pragma once

#include "cpu/products/matmul.h"
#include "cpu/products/skinny.h"

namespace lmos::cpu::reference {

void matmul(const MatmulShape& shape, const void* a, const void* b, const void* bias, void* c);
void skinny(const Skinny& args);

}  // namespace lmos::cpu::reference
