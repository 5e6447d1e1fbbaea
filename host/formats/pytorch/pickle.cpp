#include "formats/pytorch/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <unordered_map>

#include "errors/error.h"
#include "formats/byte_reader.h"
#include "formats/pytorch/known_names.h"
#include "formats/pytorch/pickle_opcodes.h"
#include "formats/quote.h"
#include "formats/utf8.h"

namespace lmos {
namespace {

using Kind = PickleValue::Kind;
using namespace pickle_opcode;

constexpr size_t kMaxRank = 64;  // torch's own limit
constexpr size_t kMaxArguments = 16;

// Runs the opcodes of one pickle over a stack of values.
class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> pickle, const std::string& where)
      : where_(where), reader_(pickle, where) {
    none_ = add({.kind = Kind::kNone});
    false_ = add({.kind = Kind::kBool, .integer = 0});
    true_ = add({.kind = Kind::kBool, .integer = 1});
  }

  Pickle run() {
    while (true) {
      opcode_at_ = reader_.position();
      const auto opcode = reader_.number<uint8_t>("an opcode");
      if (opcode == kStop) break;
      step(opcode);
    }
    result_.root = pop();
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::kInput, where_ + ": byte " + std::to_string(opcode_at_) + ": " + why);
  }

  // ---- values and the stack ----

  uint32_t add(PickleValue value) {
    result_.values.push_back(std::move(value));
    return static_cast<uint32_t>(result_.values.size() - 1);
  }
  void push(uint32_t value) { stack_.push_back(value); }
  void push(PickleValue value) { push(add(std::move(value))); }

  // Values below a mark belong to an outer container.
  size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }
  uint32_t pop() {
    if (available() == 0) refuse("the stack is empty here");
    const uint32_t value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleValue& top(Kind kind, std::string_view what) {
    if (available() == 0) refuse("the stack is empty here");
    PickleValue& value = result_.values[stack_.back()];
    if (value.kind != kind) refuse("this needs " + std::string(what));
    return value;
  }
  // Everything since the last mark, in order.
  std::vector<uint32_t> pop_mark() {
    if (marks_.empty()) refuse("there is no mark on the stack");
    const auto begin = stack_.begin() + static_cast<ptrdiff_t>(marks_.back());
    std::vector<uint32_t> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  std::vector<uint32_t> pop_several(size_t count) {
    if (available() < count) refuse("the stack holds too little here");
    std::vector<uint32_t> items(stack_.end() - static_cast<ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  const PickleValue& value(uint32_t index) const { return result_.values[index]; }

  // ---- the memo ----

  void remember(uint64_t index) {
    if (available() == 0) refuse("the stack is empty here");
    memo_[index] = stack_.back();
  }
  void recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end())
      refuse("memo " + std::to_string(index) + " is used but was never filled");
    push(found->second);
  }

  // ---- opcodes ----

  template <typename Length>
  std::string_view counted(std::string_view what) {
    return reader_.text(reader_.number<Length>(what), what);
  }
  void push_text(std::string_view text) {
    if (!is_utf8(text)) refuse("a text that is not UTF-8");
    push({.kind = Kind::kText, .text = text});
  }
  void push_integer(int64_t number) { push({.kind = Kind::kInteger, .integer = number}); }
  // Two's complement of any length.
  void push_long(std::string_view bytes) {
    if (bytes.size() > sizeof(int64_t)) return push({.kind = Kind::kOpaque});
    uint64_t bits = 0;
    for (size_t i = 0; i < bytes.size(); ++i)
      bits |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    const unsigned unused = 64 - 8 * static_cast<unsigned>(bytes.size());
    push_integer(bytes.empty() ? 0 : static_cast<int64_t>(bits << unused) >> unused);
  }
  void push_real() {
    auto bits = reader_.number<uint64_t>("a number");
    push({.kind = Kind::kReal, .real = std::bit_cast<double>(__builtin_bswap64(bits))});
  }
  void append(const std::vector<uint32_t>& items) {
    std::vector<uint32_t>& list = top(Kind::kList, "a list below").items;
    list.insert(list.end(), items.begin(), items.end());
  }
  void set_items(const std::vector<uint32_t>& items) {
    if (items.size() % 2 != 0) refuse("a key without a value");
    std::vector<uint32_t>& dict = top(Kind::kDict, "a dictionary below").items;
    dict.insert(dict.end(), items.begin(), items.end());
  }

  std::string_view line() {
    const uint64_t begin = reader_.position();
    while (reader_.number<char>("a name") != '\n') {
    }
    const std::span<const std::byte> bytes = reader_.since(begin);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size() - 1};
  }
  void push_global(std::string_view module, std::string_view name) {
    const std::optional<size_t> index = find_known_name(module, name);
    if (!index)
      refuse("the file names " + quote_text(std::string(module) + "." + std::string(name)) +
             ", which is no tensor or plain container, and code in files is never run; save the "
             "weights alone: torch.save(model.state_dict(), …)");
    push({.kind = Kind::kGlobal, .integer = static_cast<int64_t>(*index)});
  }
  void push_stack_global() {
    const std::vector<uint32_t> names = pop_several(2);
    if (value(names[0]).kind != Kind::kText || value(names[1]).kind != Kind::kText)
      refuse("a name must be text");
    push_global(value(names[0]).text, value(names[1]).text);
  }

  // ("storage", type, key, location, elements[, …])
  void push_storage() {
    const PickleValue& id = value(pop());
    const bool fits =
        id.kind == Kind::kTuple && id.items.size() >= 5 && value(id.items[0]).kind == Kind::kText &&
        value(id.items[0]).text == "storage" && value(id.items[1]).kind == Kind::kGlobal &&
        value(id.items[2]).kind == Kind::kText && value(id.items[4]).kind == Kind::kInteger &&
        value(id.items[4]).integer >= 0;
    if (!fits) refuse("a reference to a file that is no storage");
    const KnownName& type = known_name(static_cast<size_t>(value(id.items[1]).integer));
    if (type.role != KnownRole::kStorageType) refuse("a storage of an unknown type");
    result_.storages.push_back({value(id.items[2]).text, type.dtype, value(id.items[4]).integer});
    push({.kind = Kind::kStorage, .integer = static_cast<int64_t>(result_.storages.size() - 1)});
  }

  void call() {
    const std::vector<uint32_t> pair = pop_several(2);
    if (value(pair[0]).kind != Kind::kGlobal || value(pair[1]).kind != Kind::kTuple)
      refuse("a call of something that cannot be called");
    if (value(pair[1]).items.size() > kMaxArguments) refuse("a call with too many arguments");
    const std::vector<uint32_t> arguments = value(pair[1]).items;
    const KnownName& name = known_name(static_cast<size_t>(value(pair[0]).integer));
    switch (name.role) {
      case KnownRole::kDict:
        if (!arguments.empty() && !value(arguments[0]).items.empty())
          refuse("a dictionary that is built from a list");
        return push({.kind = Kind::kDict});
      case KnownRole::kSequence:
        // Shared instead of copied, so that many calls on a long list take no more memory than one.
        return arguments.empty() ? push({.kind = Kind::kList}) : push(sequence(arguments[0]));
      case KnownRole::kOpaque:
        return push({.kind = Kind::kOpaque});
      case KnownRole::kRebuildTensorV2:
        return push_tensor(arguments, false);
      case KnownRole::kRebuildTensorV3:
        return push_tensor(arguments, true);
      case KnownRole::kRebuildParameter:
        if (arguments.empty() || value(arguments[0]).kind != Kind::kTensor)
          refuse("a parameter without a tensor");
        return push(arguments[0]);
      default:
        refuse(quote_text(name.name) + " cannot be called");
    }
  }

  uint32_t sequence(uint32_t index) const {
    const Kind kind = value(index).kind;
    if (kind != Kind::kTuple && kind != Kind::kList) refuse("a sequence made of no sequence");
    return index;
  }

  std::vector<int64_t> dimensions(uint32_t tuple, std::string_view what) const {
    const PickleValue& all = value(sequence(tuple));
    if (all.items.size() > kMaxRank)
      refuse("the " + std::string(what) + " of a tensor has more than " + std::to_string(kMaxRank) +
             " dimensions");
    std::vector<int64_t> numbers;
    for (uint32_t item : all.items) {
      if (value(item).kind != Kind::kInteger || value(item).integer < 0)
        refuse("the " + std::string(what) + " of a tensor must be integers that are not negative");
      numbers.push_back(value(item).integer);
    }
    return numbers;
  }

  void push_tensor(const std::vector<uint32_t>& arguments, bool with_dtype) {
    if (arguments.size() < (with_dtype ? 7u : 4u)) refuse("a tensor with too little to build it");
    if (value(arguments[0]).kind != Kind::kStorage) refuse("a tensor without a storage");
    const PickleValue& offset = value(arguments[1]);
    if (offset.kind != Kind::kInteger || offset.integer < 0)
      refuse("the offset of a tensor must be an integer that is not negative");
    const auto storage = static_cast<uint32_t>(value(arguments[0]).integer);
    std::optional<lmos_dtype> dtype = result_.storages[storage].dtype;
    if (with_dtype) {
      const PickleValue& type = value(arguments[6]);
      if (type.kind != Kind::kGlobal) refuse("a tensor whose dtype is none");
      dtype = known_name(static_cast<size_t>(type.integer)).dtype;
    }
    if (!dtype) refuse("a tensor of a dtype that is not supported");
    PickleTensor tensor{storage, *dtype, offset.integer, dimensions(arguments[2], "shape"),
                        dimensions(arguments[3], "strides")};
    if (tensor.shape.size() != tensor.strides.size())
      refuse("a tensor of " + std::to_string(tensor.shape.size()) + " dimensions with " +
             std::to_string(tensor.strides.size()) + " strides");
    result_.tensors.push_back(std::move(tensor));
    push({.kind = Kind::kTensor, .integer = static_cast<int64_t>(result_.tensors.size() - 1)});
  }

  // Attributes: those of a dictionary or tensor say nothing of its contents.
  void build() {
    pop();
    if (available() == 0) refuse("the stack is empty here");
    const Kind kind = value(stack_.back()).kind;
    if (kind != Kind::kDict && kind != Kind::kTensor) refuse("attributes of something plain");
  }

  void check_protocol() {
    const auto protocol = reader_.number<uint8_t>("the protocol");
    if (protocol < 2 || protocol > 5)
      refuse("pickle protocol " + std::to_string(protocol) + " is not read; 2 to 5 are");
  }

  void step(uint8_t opcode) {
    switch (opcode) {
      case kProto:
        return check_protocol();
      case kFrame:
        reader_.number<uint64_t>("a frame");
        return;
      case kMark:
        return marks_.push_back(stack_.size());
      case kPop:
        pop();
        return;
      case kPopMark:
        pop_mark();
        return;
      case kDup:
        push(pop());
        return push(stack_.back());
      case kNone:
        return push(none_);
      case kNewTrue:
        return push(true_);
      case kNewFalse:
        return push(false_);
      case kBinInt:
        return push_integer(reader_.number<int32_t>("an integer"));
      case kBinInt1:
        return push_integer(reader_.number<uint8_t>("an integer"));
      case kBinInt2:
        return push_integer(reader_.number<uint16_t>("an integer"));
      case kLong1:
        return push_long(counted<uint8_t>("an integer"));
      case kLong4:
        return push_long(counted<uint32_t>("an integer"));
      case kBinFloat:
        return push_real();
      case kShortBinUnicode:
        return push_text(counted<uint8_t>("a text"));
      case kBinUnicode:
        return push_text(counted<uint32_t>("a text"));
      case kBinUnicode8:
        return push_text(counted<uint64_t>("a text"));
      case kShortBinBytes:
      case kShortBinString:
        return push({.kind = Kind::kBytes, .text = counted<uint8_t>("bytes")});
      case kBinBytes:
      case kBinString:
        return push({.kind = Kind::kBytes, .text = counted<uint32_t>("bytes")});
      case kBinBytes8:
        return push({.kind = Kind::kBytes, .text = counted<uint64_t>("bytes")});
      case kEmptyTuple:
        return push({.kind = Kind::kTuple});
      case kTuple1:
      case kTuple2:
      case kTuple3:
        return push({.kind = Kind::kTuple, .items = pop_several(opcode - kTuple1 + 1u)});
      case kTuple:
        return push({.kind = Kind::kTuple, .items = pop_mark()});
      case kEmptyList:
      case kEmptySet:
        return push({.kind = Kind::kList});
      case kList:
      case kFrozenSet:
        return push({.kind = Kind::kList, .items = pop_mark()});
      case kAppend:
        return append({pop()});
      case kAppends:
      case kAddItems:
        return append(pop_mark());
      case kEmptyDict:
        return push({.kind = Kind::kDict});
      case kDict: {
        const std::vector<uint32_t> items = pop_mark();
        push({.kind = Kind::kDict});
        return set_items(items);
      }
      case kSetItem:
        return set_items(pop_several(2));
      case kSetItems:
        return set_items(pop_mark());
      case kBinPut:
        return remember(reader_.number<uint8_t>("a memo index"));
      case kLongBinPut:
        return remember(reader_.number<uint32_t>("a memo index"));
      case kMemoize:
        return remember(memo_.size());
      case kBinGet:
        return recall(reader_.number<uint8_t>("a memo index"));
      case kLongBinGet:
        return recall(reader_.number<uint32_t>("a memo index"));
      case kGlobal: {
        const std::string_view module = line();
        return push_global(module, line());
      }
      case kStackGlobal:
        return push_stack_global();
      case kBinPersId:
        return push_storage();
      case kReduce:
        return call();
      case kBuild:
        return build();
      default: {
        std::array<char, 8> code;
        std::snprintf(code.data(), code.size(), "0x%02x", opcode);
        refuse(std::string("pickle opcode ") + code.data() +
               " is not one of those that plain data need");
      }
    }
  }

  const std::string& where_;
  ByteReader reader_;
  uint64_t opcode_at_ = 0;
  Pickle result_;
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;  // sizes of the stack
  std::unordered_map<uint64_t, uint32_t> memo_;
  uint32_t none_ = 0, false_ = 0, true_ = 0;
};

}  // namespace

Pickle parse_pickle(std::span<const std::byte> pickle, const std::string& where) {
  if (pickle.size() > kMaxPickleBytes)
    throw Error(ErrorKind::kInput, where + ": a pickle of " + std::to_string(pickle.size()) +
                                       " bytes is more than the limit of " +
                                       std::to_string(kMaxPickleBytes) +
                                       "; save the weights alone, as tensors");
  return PickleMachine(pickle, where).run();
}

}  // namespace lmos
