// SPDX-License-Identifier: Apache-2.0
#include "picket/base/error.h"

#include <fmt/format.h>

namespace picket {

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
  return text + (text.empty() ? "" : ": ") + what;
}

tl::unexpected<Error> Fail(std::string what, std::string field) {
  Error error;
  error.field = std::move(field);
  error.what = std::move(what);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace picket
