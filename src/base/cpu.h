// What this CPU can do, as far as results depend on it.
#pragma once
#include <string>

namespace nnstretch {

// "AMD EPYC 9B14"; on ARM, where the system gives numbers only, the list of its kinds of cores:
// "implementer 0x41 part 0xd05, implementer 0x41 part 0xd0a". Never empty.
std::string cpu_model();
// Whether it adds up products of int8 in 32 bits with one instruction: VNNI on x86. Without it,
// libraries add two products in 16 bits first, which saturates.
bool has_vnni();  // true where that is no question: ARM
// The widest instructions that matter to speed: "avx512-vnni", "avx2-vnni", "avx2"; the machine's
// name elsewhere.
std::string cpu_instructions();

}  // namespace nnstretch
