// The order of logits is part of the public interface: include/nnstretch/top.h has it.
#pragma once
#include "nnstretch/top.h"  // IWYU pragma: export
