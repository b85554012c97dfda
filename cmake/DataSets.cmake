# What data sets are read and made with: archives, MATLAB files, fonts, MD5 sums. scripts/setup
# --training installs it.
find_package(LibArchive REQUIRED)
find_package(Freetype REQUIRED)
find_library(MATIO_LIBRARY matio REQUIRED)
find_path(MATIO_INCLUDE_DIR matio.h REQUIRED)
add_library(matio::matio INTERFACE IMPORTED)
target_link_libraries(matio::matio INTERFACE "${MATIO_LIBRARY}")
target_include_directories(matio::matio INTERFACE "${MATIO_INCLUDE_DIR}")
find_library(MD_LIBRARY md REQUIRED)
