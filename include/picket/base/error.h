// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace picket {

/// What is wrong with an input, where, and what was expected. A value, never thrown.
struct Error {
  std::string source;      ///< file or peer that it came from; may be empty
  std::int64_t line = 0;   ///< line, from 1; 0 = not a line of text
  std::int64_t byte = -1;  ///< offset from the start of the input; -1 = not known
  std::string field;  ///< the field, as the user writes it ("sensor[2].sd.range_m"); may be empty
  std::string what;   ///< what is wrong and what was expected, without full stop

  /// "SOURCE:LINE: FIELD: what" (or "SOURCE:byte N: ..."), leaving out what is not known.
  [[nodiscard]] std::string Text() const;
};

template <typename T>
using Result = tl::expected<T, Error>;

using Errors = std::vector<Error>;

/// An error value to return from a function that yields Result<T>.
[[nodiscard]] tl::unexpected<Error> Fail(std::string what, std::string field = {});

}  // namespace picket
