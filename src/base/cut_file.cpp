// What the headers of an ELF file say of its length and of the libraries it needs.
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <set>
#include <vector>

#include "base/library_file.h"

namespace nnstretch {
namespace {

namespace fs = std::filesystem;

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Entry = ElfW(Dyn);

constexpr unsigned char kOwnClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;

class ElfFile {
 public:
  explicit ElfFile(const fs::path& path) : file_(path, std::ios::binary) {
    std::error_code none;
    bytes_ = fs::file_size(path, none);
    Header header = {};
    if (none || !read(0, &header, sizeof header)) return;
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != kOwnClass || header.e_phentsize != sizeof(Segment))
      return;
    segments_.resize(header.e_phnum);
    is_cut_ = !read(header.e_phoff, segments_.data(), segments_.size() * sizeof(Segment));
    if (is_cut_) segments_.clear();
    for (const Segment& segment : segments_)
      is_cut_ |= segment.p_type == PT_LOAD && segment.p_offset + segment.p_filesz > bytes_;
  }

  bool is_cut() const { return is_cut_; }

  // Those entries of the dynamic section that are names, of these kinds.
  std::vector<std::string> names(std::initializer_list<ElfW(Sxword)> kinds) {
    std::vector<std::string> found;
    const auto entries = dynamic_section();
    const auto text = text_of(entries);
    for (const Entry& entry : entries)
      for (const auto kind : kinds)
        if (entry.d_tag == kind && entry.d_un.d_val < text.size())
          found.emplace_back(text.data() + entry.d_un.d_val);
    return found;
  }

 private:
  bool read(uint64_t at, void* to, size_t bytes) {
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(at));
    return bool(file_.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes)));
  }

  std::vector<Entry> dynamic_section() {
    for (const Segment& segment : segments_) {
      if (segment.p_type != PT_DYNAMIC || segment.p_filesz > bytes_) continue;
      std::vector<Entry> entries(segment.p_filesz / sizeof(Entry));
      if (read(segment.p_offset, entries.data(), entries.size() * sizeof(Entry))) return entries;
    }
    return {};
  }

  // The table of names, which an entry places by its address in memory; it ends with a zero.
  std::string text_of(const std::vector<Entry>& entries) {
    uint64_t address = 0, bytes = 0;
    for (const Entry& entry : entries) {
      if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRSZ) bytes = entry.d_un.d_val;
    }
    if (bytes > bytes_) return {};
    std::string text(bytes, '\0');
    for (const Segment& segment : segments_)
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
          address - segment.p_vaddr < segment.p_filesz &&
          read(address - segment.p_vaddr + segment.p_offset, text.data(), text.size()))
        return text;
    return {};
  }

  std::ifstream file_;
  uint64_t bytes_ = 0;
  std::vector<Segment> segments_;
  bool is_cut_ = false;
};

// "$ORIGIN/../lib:/opt/lib" with the library's own folder in place of the word.
std::vector<fs::path> folders_of(const std::string& search_path, const std::string& origin) {
  std::vector<fs::path> folders;
  size_t begin = 0;
  while (begin <= search_path.size()) {
    const size_t end = std::min(search_path.find(':', begin), search_path.size());
    std::string folder = search_path.substr(begin, end - begin);
    for (const std::string_view word : {"$ORIGIN", "${ORIGIN}"})
      if (const size_t at = folder.find(word); at != folder.npos)
        folder.replace(at, word.size(), origin);
    if (!folder.empty()) folders.emplace_back(folder);
    begin = end + 1;
  }
  return folders;
}

// Libraries of a folder whose names begin so.
std::vector<fs::path> libraries_in(const fs::path& folder, const std::string& begin) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(begin) && name.find(".so") != name.npos) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<fs::path> cut_file_of(const fs::path& library, std::set<fs::path>& seen) {
  std::error_code none;
  const fs::path path = fs::canonical(library, none);
  if (none || !fs::is_regular_file(path, none) || !seen.insert(path).second) return {};
  ElfFile file(path);
  if (file.is_cut()) return path;
  std::vector<fs::path> folders;
  for (const std::string& list : file.names({DT_RPATH, DT_RUNPATH}))
    for (fs::path& folder : folders_of(list, path.parent_path())) folders.push_back(folder);
  for (const std::string& needed : file.names({DT_NEEDED}))
    for (const fs::path& folder : folders)
      if (fs::exists(folder / needed, none)) {
        for (const fs::path& one : libraries_in(folder, needed.substr(0, needed.find('.'))))
          if (auto cut = cut_file_of(one, seen)) return cut;
        break;
      }
  return {};
}

}  // namespace

std::optional<fs::path> cut_file_of(const fs::path& library) {
  std::set<fs::path> seen;
  return cut_file_of(library, seen);
}

std::optional<fs::path> cut_file_in(const fs::path& folder) {
  std::set<fs::path> seen;
  for (const fs::path& one : libraries_in(folder, "lib"))
    if (auto cut = cut_file_of(one, seen)) return cut;
  return {};
}

}  // namespace nnstretch
