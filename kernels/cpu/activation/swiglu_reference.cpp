#include "cpu/activation/swiglu_reference.h"

#include <cmath>

#include "cpu/testing/values.h"

namespace lmos::cpu::reference {

using testing::Reader;
using testing::Writer;

void swiglu(const Swiglu& args) {
  const Reader gate(args.type, args.gate), up(args.type, args.up);
  for (int64_t i = 0; i < args.count; ++i) {
    Writer(args.type, args.y).set(i, gate[i] / (1 + std::exp(-gate[i])) * up[i]);
  }
}

void swiglu_grad(const SwigluGrad& args) {
  const Reader dy(args.type, args.dy), gate(args.type, args.gate), up(args.type, args.up);
  for (int64_t i = 0; i < args.count; ++i) {
    const double s = 1 / (1 + std::exp(-gate[i]));
    Writer(args.type, args.dgate).set(i, dy[i] * up[i] * (s + gate[i] * s * (1 - s)));
    Writer(args.type, args.dup).set(i, dy[i] * gate[i] * s);
  }
}

}  // namespace lmos::cpu::reference
