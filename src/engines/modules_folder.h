// Where the modules of engines lie.
#pragma once

// The folder of libnnstretch_modules.so, which holds this function and nothing else. It is built
// and installed beside the modules and linked by every program of ours and of others, whose loader
// finds it as it finds any library: in the build tree, after the package was moved, beside a
// program that was started through another loader. The program's own file would not do: it lies
// elsewhere, and where it lies is told only by whoever starts it.
// Empty if the system does not tell; valid until the process ends.
extern "C" const char* nnstretch_modules_folder();
