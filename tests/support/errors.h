// Errors of calls, and whether they say what whoever reads them needs: the place and the remedy.
#pragma once
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nnstretch::testing {

// Whether `call` throws a `Kind` whose text has all these words.
template <class Kind, class Call>
::testing::AssertionResult says(const Call& call, std::initializer_list<std::string_view> words) {
  try {
    call();
  } catch (const Kind& error) {
    const std::string_view text = error.what();
    for (const std::string_view word : words)
      if (text.find(word) == text.npos)
        return ::testing::AssertionFailure()
               << "\"" << text << "\" does not say \"" << word << "\"";
    return ::testing::AssertionSuccess();
  } catch (const std::exception& error) {
    return ::testing::AssertionFailure() << "is an error of another kind: " << error.what();
  }
  return ::testing::AssertionFailure() << "no error";
}

}  // namespace nnstretch::testing

// EXPECT_ERROR(read_model("net.pb"), FormatError, "net.pb", "give a .tflite or an .onnx file");
#define EXPECT_ERROR(statement, kind, ...) \
  EXPECT_TRUE(                             \
      (::nnstretch::testing::says<kind>([&] { static_cast<void>(statement); }, {__VA_ARGS__})))
