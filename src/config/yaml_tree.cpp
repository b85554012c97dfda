#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "config/yaml_scalar.h"

namespace nnstretch::config {
namespace {

constexpr size_t most_values = 100'000;
constexpr size_t deepest = 32;

std::string place(const std::string& file, int line) { return fmt::format("{}:{}", file, line); }

// Takes the parser's events and puts the tree together from the inside out.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& file) : file_(file) {}

  Tree take() { return std::move(result_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finished(value_at(mark, {}), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    try {
      finished(value_at(mark, resolve_scalar(tag, text)), anchor);
    } catch (const FormatError& error) {
      fail(line_of(mark), error.message().what, error.message().fix);
    }
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchored_.find(anchor);
    if (known == anchored_.end()) fail(line_of(mark), "an alias within what it stands for");
    count(known->second.values, line_of(mark));
    Tree copy = known->second;
    copy.line = line_of(mark);
    place_in_parent(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(value_at(mark, List{}), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (!open_.empty() && !open_.back().tree.is_mapping)
      fail(line_of(mark), "a mapping within a list", "lists hold numbers, words and lists");
    Tree mapping = value_at(mark, {});
    mapping.is_mapping = true;
    open(std::move(mapping), anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Tree tree;
    YAML::anchor_t anchor;
    std::optional<Entry> entry;  // whose key was read and whose value comes next
  };

  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }
  static Tree value_at(const YAML::Mark& mark, Value value) {
    Tree tree;
    tree.value = std::move(value);
    tree.line = line_of(mark);
    return tree;
  }

  [[noreturn]] void fail(int line, std::string what, std::string fix = {}) const {
    throw ConfigError(
        {.what = std::move(what), .where = place(file_, line), .fix = std::move(fix)});
  }

  void count(size_t more, int line) {
    values_ += more;
    if (values_ > most_values) fail(line, fmt::format("more than {} values", most_values));
  }

  void open(Tree tree, YAML::anchor_t anchor) {
    if (open_.size() == deepest)
      fail(tree.line, fmt::format("nested deeper than {} levels", deepest));
    count(1, tree.line);
    open_.push_back({std::move(tree), anchor, {}});
  }
  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    remember(done.tree, done.anchor);
    place_in_parent(std::move(done.tree));
  }
  void finished(Tree scalar, YAML::anchor_t anchor) {
    count(1, scalar.line);
    remember(scalar, anchor);
    place_in_parent(std::move(scalar));
  }
  void remember(const Tree& tree, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchored_.insert_or_assign(anchor, tree);
  }

  void place_in_parent(Tree tree) {
    if (open_.empty()) {
      result_ = std::move(tree);
      return;
    }
    Open& parent = open_.back();
    parent.tree.values += tree.values;
    if (!parent.tree.is_mapping)
      add_item(std::get<List>(parent.tree.value.data), std::move(tree));
    else if (!parent.entry)
      parent.entry = key_of(parent.tree, tree);
    else
      add_entry(parent, std::move(tree));
  }
  void add_item(List& list, Tree tree) const {
    if (tree.is_mapping) fail(tree.line, "a mapping within a list");  // through an alias
    list.push_back(std::move(tree.value));
  }
  static void add_entry(Open& parent, Tree tree) {
    parent.entry->tree = std::move(tree);
    parent.tree.entries.push_back(std::move(*parent.entry));
    parent.entry.reset();
  }
  Entry key_of(const Tree& mapping, const Tree& key) const {
    const auto* name = key.value.get_if<std::string>();
    if (key.is_mapping || !name) fail(key.line, "a key that is no word");
    if (*name == "<<") fail(key.line, "merge keys (<<) are not read", "write the keys out");
    const auto same = [&](const Entry& entry) { return entry.key == *name; };
    const auto before = std::find_if(mapping.entries.begin(), mapping.entries.end(), same);
    if (before != mapping.entries.end())
      fail(key.line, fmt::format("{} stands twice, first in line {}", *name, before->line),
           "remove one");
    return {.key = *name, .line = key.line, .tree = {}};
  }

  const std::string& file_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Tree> anchored_;
  size_t values_ = 0;
  Tree result_;
};

void check_bytes(std::string_view text, const std::string& file) {
  if (text.size() > most_bytes) refuse_size(file);
  const size_t nul = text.find('\0');
  if (nul == std::string_view::npos) return;
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(nul), '\n');
  throw ConfigError({.what = "a NUL byte",
                     .where = place(file, static_cast<int>(line)),
                     .fix = "a configuration is a text file in UTF-8"});
}

}  // namespace

void refuse_size(const std::string& file) {
  throw ConfigError({.what = "too large for a configuration",
                     .where = file,
                     .fix = fmt::format("at most {} bytes are read", most_bytes)});
}

Tree read_tree(std::string_view text, const std::string& file) {
  check_bytes(text, file);
  std::istringstream stream{std::string(text)};
  Builder builder(file);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return {};
    Tree tree = builder.take();
    Builder rest(file);
    if (parser.HandleNextDocument(rest))
      throw ConfigError({.what = "more than one YAML document",
                         .where = file,
                         .fix = "keep one, without lines of three dashes between"});
    return tree;
  } catch (const YAML::Exception& error) {
    throw ConfigError(
        {.what = "bad YAML: " + error.msg, .where = place(file, error.mark.line + 1)});
  }
}

}  // namespace nnstretch::config
