# What the training component needs beside the rest: scripts/setup --training installs it.
# Torch also wants to set flags for the whole project; what a program needs to call it is on its
# targets. Gloo carries what ranks tell each other; its headers are needed, too.
find_package(Torch REQUIRED)
find_library(GLOO_LIBRARY gloo REQUIRED)
add_library(torch::torch INTERFACE IMPORTED)
target_link_libraries(torch::torch INTERFACE ${TORCH_LIBRARIES} "${GLOO_LIBRARY}")
target_include_directories(torch::torch INTERFACE ${TORCH_INCLUDE_DIRS})
