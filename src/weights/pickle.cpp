#include "weights/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "weights/cursor.h"
#include "weights/pickle_words.h"

namespace nnstretch::weights::pickle {
namespace {

// A checkpoint of a thousand tensors has some 10^5 values in 200 kB. The limits bound memory and
// time: an opcode of one byte makes a value of about a hundred.
constexpr size_t kMostValues = 4'000'000;
constexpr size_t kMostBytes = size_t{64} << 20;
constexpr size_t kMostDimensions = 16;

// The stack machine that a pickle is a program for.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& where)
      : in_(bytes.first(std::min(bytes.size(), kMostBytes)), where), where_(where) {}

  Pickle run() && {
    for (;;) {
      const auto opcode = in_.number<uint8_t>();
      if (opcode == kStop) break;
      if (!constant(opcode) && !container(opcode) && !remembered(opcode) && !structure(opcode))
        refuse(fmt::format("opcode 0x{:02x}", opcode));
    }
    out_.root = pop();
    out_.length = in_.at();
    return std::move(out_);
  }

 private:
  [[noreturn]] void damaged(std::string_view what) const {
    throw FormatError({.what = fmt::format("the pickle is damaged at byte {}: {}", in_.at(), what),
                       .where = where_});
  }
  [[noreturn]] void refuse(std::string_view what) const {
    throw FormatError(
        {.what = fmt::format("the pickle uses {}, which is not needed for weights and is refused",
                             what),
         .where = where_,
         .fix = "save the state_dict alone: torch.save(model.state_dict(), path)"});
  }

  // The stack.
  void push(Value value) {
    if (out_.values.size() >= kMostValues) damaged("it has too many values");
    stack_.push_back(static_cast<Ref>(out_.values.size()));
    out_.values.push_back(std::move(value));
  }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }  // what a mark hides
  Ref top() const {
    if (stack_.size() <= floor()) damaged("its stack is empty");
    return stack_.back();
  }
  Ref pop() {
    const Ref ref = top();
    stack_.pop_back();
    return ref;
  }
  std::vector<Ref> pop_marked() {
    if (marks_.empty()) damaged("a mark is missing");
    std::vector<Ref> items(stack_.begin() + static_cast<ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  std::vector<Ref> pop_some(size_t count) {
    std::vector<Ref> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }

  // Copies of what may be kept and called with again and again: each call may be one of millions.
  void spend(size_t items) {
    if (items > copies_left_) damaged("it copies too much");
    copies_left_ -= items;
  }

  // A value as what it has to be.
  template <class T>
  T& get(Ref ref) {
    if (T* value = std::get_if<T>(&out_.values[ref])) return *value;
    damaged(fmt::format("{} stands where {} is needed", kind_of(out_.values[ref]), kind_of(T{})));
  }
  template <class T>
  T& argument(const Tuple& arguments, size_t index) {
    if (index >= arguments.items.size()) damaged("a call has too few arguments");
    return get<T>(arguments.items[index]);
  }
  std::vector<int64_t> integers(const Tuple& tuple) {
    if (tuple.items.size() > kMostDimensions) damaged("a tensor has too many dimensions");
    std::vector<int64_t> numbers;
    for (const Ref item : tuple.items) numbers.push_back(get<int64_t>(item));
    return numbers;
  }

  bool constant(uint8_t opcode);
  bool container(uint8_t opcode);
  bool remembered(uint8_t opcode);
  bool structure(uint8_t opcode);
  int64_t long_integer();
  double big_endian_float();
  void append(std::vector<Ref> items);
  void set_items(const std::vector<Ref>& items);
  void remember(size_t index);
  void recall(size_t index);
  void name_global(std::string_view module, std::string_view name);
  void load_storage();
  void build();
  void reduce();
  // The result of a call that gives back its first argument.
  void same(const Tuple& arguments) { stack_.push_back(arguments.items[0]); }
  Value make_dict(const Tuple& arguments);
  Value make_tensor(const Tuple& arguments);
  Value make_numpy_type(const Tuple& arguments);
  Value make_numpy_number(const Tuple& arguments);
  Value make_numpy_array(const Tuple& arguments);
  void fill(NumpyArray& array, const Tuple& state);
  Value encode(const Tuple& arguments);

  Cursor in_;
  const std::string& where_;
  Pickle out_;
  std::vector<Ref> stack_;
  std::vector<size_t> marks_;             // heights of the stack
  std::unordered_map<size_t, Ref> memo_;  // hostile pickles skip numbers
  std::set<std::string_view> keys_;       // of the storages
  size_t copies_left_ = kMostBytes;
};

bool Machine::constant(uint8_t opcode) {
  switch (opcode) {
    case kNone:
      push(None{});
      return true;
    case kTrue:
      push(true);
      return true;
    case kFalse:
      push(false);
      return true;
    case kUint8:
      push(int64_t{in_.number<uint8_t>()});
      return true;
    case kUint16:
      push(int64_t{in_.number<uint16_t>()});
      return true;
    case kInt32:
      push(int64_t{in_.number<int32_t>()});
      return true;
    case kLong:
      push(long_integer());
      return true;
    case kFloat:
      push(big_endian_float());
      return true;
    case kText:
      push(Text{as_text(in_.take(in_.number<uint32_t>()))});
      return true;
    case kShortText:
      push(Text{as_text(in_.take(in_.number<uint8_t>()))});
      return true;
    case kLongText:
      push(Text{as_text(in_.take(in_.number<uint64_t>()))});
      return true;
    case kBytes:
      push(Bytes{std::string(as_text(in_.take(in_.number<uint32_t>())))});
      return true;
    case kShortBytes:
      push(Bytes{std::string(as_text(in_.take(in_.number<uint8_t>())))});
      return true;
    case kLongBytes:
      push(Bytes{std::string(as_text(in_.take(in_.number<uint64_t>())))});
      return true;
    case kPython2Text:
      push(Text{as_text(in_.take(in_.number<uint32_t>()))});
      return true;
    case kShortPython2Text:
      push(Text{as_text(in_.take(in_.number<uint8_t>()))});
      return true;
    default:
      return false;
  }
}

int64_t Machine::long_integer() {
  const auto bytes = in_.take(in_.number<uint8_t>());
  if (bytes.size() > sizeof(int64_t)) damaged("an integer has more than 64 bits");
  const bool negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0};
  int64_t value = negative ? -1 : 0;
  if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

double Machine::big_endian_float() {
  return std::bit_cast<double>(__builtin_bswap64(in_.number<uint64_t>()));
}

bool Machine::container(uint8_t opcode) {
  switch (opcode) {
    case kMark:
      marks_.push_back(stack_.size());
      return true;
    case kEmptyTuple:
      push(Tuple{});
      return true;
    case kTuple:
      push(Tuple{pop_marked()});
      return true;
    case kTuple1:
    case kTuple2:
    case kTuple3:
      push(Tuple{pop_some(opcode - kTuple1 + size_t{1})});
      return true;
    case kEmptyList:
      push(List{});
      return true;
    case kAppend:
      append({pop()});
      return true;
    case kAppends:
      append(pop_marked());
      return true;
    case kEmptyDict:
      push(Dict{});
      return true;
    case kSetItem:
      set_items(pop_some(2));
      return true;
    case kSetItems:
      set_items(pop_marked());
      return true;
    default:
      return false;
  }
}

void Machine::append(std::vector<Ref> items) {
  auto& list = get<List>(top()).items;
  list.insert(list.end(), items.begin(), items.end());
}

void Machine::set_items(const std::vector<Ref>& items) {
  auto& dict = get<Dict>(top()).items;
  if (items.size() % 2 != 0) damaged("a key has no value");
  for (size_t i = 0; i < items.size(); i += 2) dict.emplace_back(items[i], items[i + 1]);
}

bool Machine::remembered(uint8_t opcode) {
  switch (opcode) {
    case kPut:
      remember(in_.number<uint8_t>());
      return true;
    case kLongPut:
      remember(in_.number<uint32_t>());
      return true;
    case kMemoize:
      remember(memo_.size());
      return true;
    case kGet:
      recall(in_.number<uint8_t>());
      return true;
    case kLongGet:
      recall(in_.number<uint32_t>());
      return true;
    default:
      return false;
  }
}

void Machine::remember(size_t index) { memo_[index] = top(); }

void Machine::recall(size_t index) {
  const auto kept = memo_.find(index);
  if (kept == memo_.end()) damaged("it asks for a value that was never kept");
  stack_.push_back(kept->second);
}

bool Machine::structure(uint8_t opcode) {
  switch (opcode) {
    case kProtocol:
      if (const int version = in_.number<uint8_t>(); version < 2 || version > 5)
        refuse(fmt::format("protocol {}", version));
      return true;
    case kFrame:
      in_.take(sizeof(uint64_t));
      return true;  // a hint for reading ahead
    case kGlobal: {
      const std::string_view module = in_.line();
      name_global(module, in_.line());
      return true;
    }
    case kStackGlobal: {
      const auto names = pop_some(2);
      name_global(get<Text>(names[0]).text, get<Text>(names[1]).text);
      return true;
    }
    case kPersistentId:
      load_storage();
      return true;
    case kBuild:
      build();
      return true;
    case kReduce:
      reduce();
      return true;
    default:
      return false;
  }
}

void Machine::name_global(std::string_view module, std::string_view name) {
  for (const Allowed& allowed : kAllowed)
    if (allowed.module == module && allowed.name == name) return push(allowed.global);
  refuse(fmt::format("'{}.{}'", shown(module), shown(name)));
}

// ('storage', torch.FloatStorage, key, device, elements); the older format adds a view of another
// storage, which was never written by a torch that this project could meet.
void Machine::load_storage() {
  const auto& id = get<Tuple>(pop());
  const Global type = argument<Global>(id, 1);
  if (argument<Text>(id, 0).text != "storage" || type.callable != Callable::storage)
    damaged("something other than a storage is kept outside");
  const int64_t count = argument<int64_t>(id, 4);
  if (count < 0) damaged("a storage has a negative size");
  if (id.items.size() > 5) argument<None>(id, 5);
  const Storage storage{type.type, argument<Text>(id, 2).text, static_cast<uint64_t>(count)};
  push(storage);
  if (keys_.insert(storage.key).second) out_.storages.push_back(storage);
}

// Attributes of an object. An OrderedDict's are torch's notes on versions; nothing reads them.
void Machine::build() {
  const Ref state = pop();
  if (std::holds_alternative<Dict>(out_.values[top()])) return;
  if (auto* array = std::get_if<NumpyArray>(&out_.values[top()]))
    return fill(*array, get<Tuple>(state));
  get<NumpyType>(top());
  const auto& attributes = get<Tuple>(state);  // (version, byte order, ...)
  if (argument<Text>(attributes, 1).text == ">") refuse("numbers in big-endian order");
}

void Machine::reduce() {
  const auto& arguments = get<Tuple>(pop());
  switch (get<Global>(pop()).callable) {
    case Callable::ordered_dict:
      return push(make_dict(arguments));
    case Callable::rebuild_tensor:
      return push(make_tensor(arguments));
    case Callable::rebuild_parameter:
      argument<TensorView>(arguments, 0);
      return same(arguments);
    case Callable::size:
      argument<Tuple>(arguments, 0);
      return same(arguments);
    case Callable::numpy_dtype:
      return push(make_numpy_type(arguments));
    case Callable::numpy_scalar:
      return push(make_numpy_number(arguments));
    case Callable::numpy_array:
      return push(make_numpy_array(arguments));
    case Callable::encode:
      return push(encode(arguments));
    case Callable::numpy_class:
    case Callable::storage:
      break;
  }
  damaged("what is no function is called");
}

// OrderedDict() or OrderedDict([[key, value], ...])
Value Machine::make_dict(const Tuple& arguments) {
  Dict dict;
  if (arguments.items.empty()) return dict;
  const auto& entries = argument<List>(arguments, 0).items;
  spend(entries.size());
  for (const Ref entry : entries) {
    const auto* list = std::get_if<List>(&out_.values[entry]);
    const auto& pair = list ? list->items : get<Tuple>(entry).items;
    if (pair.size() != 2) damaged("an entry of an OrderedDict is no pair");
    dict.items.emplace_back(pair[0], pair[1]);
  }
  return dict;
}

// (storage, offset, sizes, strides, requires_grad, hooks)
Value Machine::make_tensor(const Tuple& arguments) {
  return TensorView{argument<Storage>(arguments, 0), argument<int64_t>(arguments, 1),
                    integers(argument<Tuple>(arguments, 2)),
                    integers(argument<Tuple>(arguments, 3))};
}

Value Machine::make_numpy_type(const Tuple& arguments) {
  const std::string_view code = argument<Text>(arguments, 0).text;
  for (const NumpyCode& known : kNumpyCodes)
    if (known.code == code) return NumpyType{known.type};
  refuse(fmt::format("the numpy type '{}'", shown(code)));
}

Value Machine::make_numpy_number(const Tuple& arguments) {
  const DType type = argument<NumpyType>(arguments, 0).type;
  const std::string& bytes = argument<Bytes>(arguments, 1).bytes;
  if (bytes.size() != size_of(type)) damaged("a numpy number has another size than its type");
  Cursor at(std::as_bytes(std::span(bytes)), where_);
  if (type == DType::f64) return at.number<double>();
  if (type == DType::f32) return double{at.number<float>()};
  if (type == DType::i32) return int64_t{at.number<int32_t>()};
  return at.number<int64_t>();
}

// _reconstruct(ndarray, (0,), b'b'): an empty array, which a BUILD fills.
Value Machine::make_numpy_array(const Tuple& arguments) {
  if (argument<Global>(arguments, 0).callable != Callable::numpy_class)
    refuse("an array of another class than numpy's");
  return NumpyArray{};
}

// (version, shape, type, column by column, bytes)
void Machine::fill(NumpyArray& array, const Tuple& state) {
  array.shape = integers(argument<Tuple>(state, 1));
  array.type = argument<NumpyType>(state, 2).type;
  array.column_major = argument<bool>(state, 3);
  if (state.items.size() < 5 || !characters(out_.values[state.items[4]]))
    damaged("an array without bytes");
  array.bytes = state.items[4];
}

// _codecs.encode(text, 'latin1'): how protocol 2 writes bytes.
Value Machine::encode(const Tuple& arguments) {
  if (argument<Text>(arguments, 1).text != "latin1") damaged("bytes are not in latin1");
  const std::string_view text = argument<Text>(arguments, 0).text;
  spend(text.size());
  Bytes out;
  for (size_t i = 0; i < text.size(); ++i) {
    auto code = static_cast<unsigned char>(text[i]);
    if (code >= 0x80) {  // two bytes of UTF-8: 110000xx 10xxxxxx
      if ((code & 0xfc) != 0xc0 || ++i == text.size()) damaged("bytes are not in latin1");
      code = static_cast<unsigned char>((code << 6) | (text[i] & 0x3f));
    }
    out.bytes += static_cast<char>(code);
  }
  return out;
}

}  // namespace

std::string_view kind_of(const Value& value) {
  constexpr std::array<std::string_view, std::variant_size_v<Value>> kNames = {
      "None",   "a truth value", "an integer", "a number",     "a text",    "bytes",    "a tuple",
      "a list", "a dictionary",  "a function", "a numpy type", "a storage", "a tensor", "an array"};
  return kNames[value.index()];
}

std::optional<std::string_view> characters(const Value& value) {
  if (const auto* text = std::get_if<Text>(&value)) return text->text;
  if (const auto* bytes = std::get_if<Bytes>(&value)) return bytes->bytes;
  return std::nullopt;
}

const Value* Pickle::find(const Dict& dict, std::string_view key) const {
  for (auto item = dict.items.rbegin(); item != dict.items.rend(); ++item)
    if (characters(values[item->first]) == key) return &values[item->second];
  return nullptr;
}

Pickle parse(std::span<const std::byte> bytes, const std::string& where) {
  return Machine(bytes, where).run();
}

}  // namespace nnstretch::weights::pickle
