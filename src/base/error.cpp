#include "base/error.h"

#include "base/names.h"

namespace nnstretch {
namespace {

std::string join(const Message& message) {
  std::string text;
  for (const std::string* piece : {&message.where, &message.what, &message.fix}) {
    if (piece->empty()) continue;
    if (!text.empty()) text += ": ";
    text += *piece;
  }
  return printable(text);  // names of files and tensors are others' words
}

}  // namespace

Error::Error(Message message) : std::runtime_error(join(message)), message_(std::move(message)) {}

}  // namespace nnstretch
