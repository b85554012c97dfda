// The errors are part of the public interface: include/nnstretch/error.h has them.
#pragma once
#include "nnstretch/error.h"  // IWYU pragma: export
