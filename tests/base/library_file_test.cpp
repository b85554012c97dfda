#include "base/library_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <exception>

#include "base/files.h"
#include "support/paths.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

TEST(LibraryFile, IsWhereAFunctionCameFrom) {
  const fs::path file = file_of(reinterpret_cast<const void*>(&std::terminate));
  EXPECT_TRUE(file.filename().string().starts_with("libstdc++.so")) << file;
}

TEST(CutFile, IsFoundWhereverALibraryIsCut) {
  const testing::TemporaryFolder folder;
  const fs::path copy = folder / "libstdc++.so";
  fs::copy_file(file_of(reinterpret_cast<const void*>(&std::terminate)), copy);
  EXPECT_EQ(cut_file_of(copy), std::nullopt);
  const auto whole = fs::file_size(copy);
  for (const auto bytes : {whole * 9 / 10, whole / 2, whole / 50, std::uintmax_t{70}}) {
    fs::resize_file(copy, bytes);
    EXPECT_EQ(cut_file_of(copy), fs::canonical(copy)) << bytes;
  }
}

TEST(CutFile, IsFoundInAFolderAmongItsLibraries) {
  const testing::TemporaryFolder folder;
  for (const char* name : {"libone.so.2", "libtwo.so", "libone.txt"})
    fs::copy_file(file_of(reinterpret_cast<const void*>(&std::terminate)), folder / name);
  fs::resize_file(folder / "libone.txt", 5000);
  EXPECT_EQ(cut_file_in(folder.path()), std::nullopt);
  fs::resize_file(folder / "libtwo.so", 5000);
  EXPECT_EQ(cut_file_in(folder.path()), fs::canonical(folder / "libtwo.so"));
  EXPECT_EQ(cut_file_in(folder / "absent"), std::nullopt);
}

TEST(CutFile, IsNoPipeAndNobodyWaitsForOne) {
  const testing::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "lib.so").c_str(), 0600), 0);
  EXPECT_EQ(cut_file_of(folder / "lib.so"), std::nullopt);
}

// The system says what is wrong with these.
TEST(CutFile, IsNoOtherFault) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(cut_file_of(folder / "absent.so"), std::nullopt);
  write_atomic(folder / "text.so", "no library");
  EXPECT_EQ(cut_file_of(folder / "text.so"), std::nullopt);
  write_atomic(folder / "empty.so", "");
  EXPECT_EQ(cut_file_of(folder / "empty.so"), std::nullopt);
}

}  // namespace
}  // namespace nnstretch
