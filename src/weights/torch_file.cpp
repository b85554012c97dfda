#include "weights/torch_file.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>

#include "base/error.h"
#include "weights/cursor.h"
#include "weights/strided.h"
#include "weights/zip.h"

namespace nnstretch::weights {
namespace {

// pickle.dumps(0x1950a86a20f9469cfc6c, protocol=2), then the version 1001 likewise.
constexpr auto kLegacyMagic =
    std::to_array<uint8_t>({0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a,
                            0xa8, 0x50, 0x19, '.',  0x80, 0x02, 'M',  0xe9, 0x03, '.'});

// Tied weights and a checkpoint's average share storages; a file that makes far more of its bytes
// is not a network but an attack on memory.
constexpr size_t kMostSharing = 8;

using Bytes = std::span<const std::byte>;

void check_little_endian(bool little, const std::string& where) {
  if (!little)
    throw FormatError({.what = "the checkpoint was written on a big-endian machine",
                       .where = where,
                       .fix = "load and save it on an ordinary one"});
}

// Every tensor is copied once, however many names it has.
class Copies {
 public:
  explicit Copies(size_t budget) : budget_(budget) {}
  ir::Tensor of(const pickle::TensorView& view, Bytes storage) {
    const Key key{storage.data(), view.offset, view.sizes, view.strides};
    auto [copy, is_new] = copies_.try_emplace(key);
    if (is_new) copy->second = gather(view, storage, budget_);
    return copy->second;
  }

 private:
  using Key = std::tuple<const std::byte*, int64_t, ir::Shape, ir::Shape>;
  size_t budget_;  // bytes that may still be made
  std::map<Key, ir::Tensor> copies_;
};

}  // namespace

bool looks_like_legacy_torch(Bytes bytes) {
  return bytes.size() >= kLegacyMagic.size() &&
         std::memcmp(bytes.data(), kLegacyMagic.data(), kLegacyMagic.size()) == 0;
}

TorchFile::TorchFile(Bytes bytes, const std::string& where)
    : file_bytes_(bytes.size()), where_(where) {
  looks_like_legacy_torch(bytes) ? read_legacy(bytes) : read_zip(bytes);
}

// NAME/data.pkl, NAME/data/KEY for each storage, and since torch 2.1 NAME/byteorder.
void TorchFile::read_zip(Bytes bytes) {
  constexpr std::string_view kPickle = "/data.pkl";
  auto zip = std::make_shared<const Zip>(bytes, where_);
  const std::string_view name = zip->name_ending_in(kPickle);
  if (name.empty())
    throw FormatError(
        {.what = "the zip archive holds no checkpoint: it has no data.pkl", .where = where_});
  const std::string root(name.substr(0, name.size() - kPickle.size() + 1));
  if (zip->has(root + "byteorder"))
    check_little_endian(as_text(zip->read(root + "byteorder")) == "little", where_);
  pickle_ = pickle::parse(zip->read(name), where_);
  storages_ = [zip, root](const pickle::Storage& storage) {
    return zip->read(fmt::format("{}data/{}", root, storage.key));
  };
}

// Pickles of magic, version, machine, data and storage keys, one after another; then, in the order
// of the keys, each storage: the number of its elements (int64) and they themselves.
void TorchFile::read_legacy(Bytes bytes) {
  size_t at = kLegacyMagic.size();
  const auto next = [&] {
    auto pickle = pickle::parse(bytes.subspan(at), where_);
    at += pickle.length;
    return pickle;
  };
  const pickle::Pickle machine = next();
  const auto* facts = std::get_if<pickle::Dict>(&machine[machine.root]);
  const auto* little = facts ? machine.find(*facts, "little_endian") : nullptr;
  const auto* is_little = little ? std::get_if<bool>(little) : nullptr;
  check_little_endian(is_little && *is_little, where_);
  pickle_ = next();
  std::map<std::string_view, size_t> element_bytes;
  for (const auto& storage : pickle_.storages) element_bytes[storage.key] = size_of(storage.type);

  const pickle::Pickle keys = next();
  const auto* list = std::get_if<pickle::List>(&keys[keys.root]);
  if (!list) throw FormatError({.what = "the list of storages is missing", .where = where_});
  Cursor in(bytes, where_, at);
  std::map<std::string, Bytes, std::less<>> content;
  for (const pickle::Ref item : list->items) {
    const auto* key = std::get_if<pickle::Text>(&keys[item]);
    const auto size = key ? element_bytes.find(key->text) : element_bytes.end();
    if (size == element_bytes.end())
      throw FormatError(
          {.what = "the list of storages names one that no tensor uses", .where = where_});
    const auto count = in.number<uint64_t>();
    if (count > in.left() / size->second) in.take(SIZE_MAX);
    content[std::string(key->text)] = in.take(count * size->second);
  }
  storages_ = [&where = where_, content = std::move(content)](const pickle::Storage& storage) {
    const auto found = content.find(storage.key);
    if (found == content.end())
      throw FormatError(
          {.what = fmt::format("storage '{}' is missing", shown(storage.key)), .where = where});
    return found->second;
  };
}

// Reads tensors, each storage and each view of it once.
class TorchFile::Tensors {
 public:
  explicit Tensors(const TorchFile& file) : file_(file), copies_(kMostSharing * file.file_bytes_) {}
  // `name` is for errors.
  ir::Tensor read(const pickle::TensorView& view, std::string_view name) {
    auto [content, is_new] = contents_.try_emplace(view.storage.key);
    if (is_new) bytes_read_ += (content->second = file_.storages_(view.storage)).size();
    if (bytes_read_ > file_.file_bytes_)
      throw FormatError({.what = "the storages of the checkpoint overlap", .where = file_.where_});
    try {
      return copies_.of(view, content->second);
    } catch (const FormatError& error) {
      throw FormatError({.what = fmt::format("tensor '{}': {}", shown(name), error.message().what),
                         .where = file_.where_,
                         .fix = error.message().fix});
    }
  }

 private:
  const TorchFile& file_;
  std::map<std::string_view, Bytes> contents_;  // a checksum is worth computing once
  Copies copies_;
  size_t bytes_read_ = 0;
};

ir::WeightStore TorchFile::tensors(const pickle::Dict& state_dict) const {
  ir::WeightStore store;
  Tensors tensors(*this);
  for (const auto& [key, value] : state_dict.items) {
    const auto* name = std::get_if<pickle::Text>(&pickle_[key]);
    const auto* view = std::get_if<pickle::TensorView>(&pickle_[value]);
    if (!name || !view)
      throw FormatError({.what = name ? fmt::format("'{}' is {}, not a tensor", shown(name->text),
                                                    pickle::kind_of(pickle_[value]))
                                      : "a tensor has no name",
                         .where = where_,
                         .fix = "give a pycls checkpoint or a plain state_dict"});
    store.set(std::string(name->text), tensors.read(*view, name->text));
  }
  return store;
}

// Copies the pickle's values. A pickle may hold one value in many places, even within itself, so
// depth and number are limited.
class TorchFile::Values {
 public:
  explicit Values(const TorchFile& file)
      : file_(file), tensors_(file), left_(kMostSharing * file.pickle_.values.size()) {}
  TorchValue read(pickle::Ref ref, int depth = 0) {
    constexpr int kDeepest = 32;
    if (depth > kDeepest || left_-- == 0)
      throw FormatError({.what = "the checkpoint holds itself, or one value far too often",
                         .where = file_.where_});
    return std::visit([&](const auto& value) { return copy(value, depth); }, file_.pickle_[ref]);
  }

 private:
  static TorchValue copy(bool value, int) { return {value}; }
  static TorchValue copy(int64_t value, int) { return {value}; }
  static TorchValue copy(double value, int) { return {value}; }
  static TorchValue copy(const pickle::Text& text, int) { return {std::string(text.text)}; }
  TorchValue copy(const pickle::Tuple& tuple, int depth) { return list(tuple.items, depth); }
  TorchValue copy(const pickle::List& items, int depth) { return list(items.items, depth); }
  TorchValue copy(const pickle::Dict& dict, int depth) {
    TorchValue::Dict entries;
    for (const auto& [key, value] : dict.items)
      entries.push_back({read(key, depth + 1), read(value, depth + 1)});
    return {std::move(entries)};
  }
  TorchValue copy(const pickle::TensorView& view, int) { return {tensors_.read(view, "")}; }
  static TorchValue copy(const auto&, int) { return {}; }  // nothing that a network needs

  TorchValue list(const std::vector<pickle::Ref>& items, int depth) {
    TorchValue::List copies;
    for (const pickle::Ref item : items) copies.push_back(read(item, depth + 1));
    return {std::move(copies)};
  }

  const TorchFile& file_;
  Tensors tensors_;
  size_t left_;
};

TorchValue TorchFile::value() const { return Values(*this).read(pickle_.root); }

}  // namespace nnstretch::weights
