// The tests of this program, a function a subject; each prints a line a check.
#pragma once

namespace lmos::cuda::testing {

void test_attention();
void test_skinny();
void test_measured_products();
void test_cross_entropy();

}  // namespace lmos::cuda::testing
