// SPDX-License-Identifier: Apache-2.0
#include "picket/base/error.h"

#include <fmt/format.h>

namespace picket {

namespace {

/// Names and values come from the input: what a terminal would obey is shown instead.
std::string WithoutControls(const std::string& text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  return shown;
}

}  // namespace

std::string Error::Text() const {
  std::string text = source;
  if (line > 0) {
    text += fmt::format("{}{}", text.empty() ? "line " : ":", line);
  } else if (byte >= 0) {
    text += fmt::format("{}byte {}", text.empty() ? "" : ":", byte);
  }
  if (!field.empty()) {
    text += (text.empty() ? "" : ": ") + field;
  }
  return WithoutControls(text + (text.empty() ? "" : ": ") + what);
}

tl::unexpected<Error> Fail(std::string what, std::string field) {
  Error error;
  error.field = std::move(field);
  error.what = std::move(what);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace picket
