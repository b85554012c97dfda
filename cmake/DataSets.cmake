# What data sets are read and made with: archives, fonts, MD5 sums. scripts/setup
# --training installs it.
find_package(LibArchive REQUIRED)
find_package(Freetype REQUIRED)
find_library(MD_LIBRARY md REQUIRED)
