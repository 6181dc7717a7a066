// SPDX-License-Identifier: Apache-2.0
#include "complaints.h"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "progress.h"

namespace picket::app {
namespace {

bool IsOfNumber(char c) { return (c >= '0' && c <= '9') || c == '.' || c == '-'; }

/// The text with each number in it made the same.
std::string WithoutNumbers(std::string_view text) {
  std::string same;
  for (const char c : text) {
    if (!IsOfNumber(c)) {
      same += c;
    } else if (same.empty() || same.back() != '#') {
      same += '#';
    }
  }
  return same;
}

}  // namespace

void Complaints::Add(const Error& error) {
  ++total_;
  const std::string key = WithoutNumbers(error.field + ": " + error.what);
  const auto known = causes_.find(key);
  if (known != causes_.end()) {
    ++known->second.count;
  } else if (causes_.size() >= kMostCauses) {
    ++others_;
  } else {
    causes_.emplace(key, Cause{1, error.Text()});
    Tell(error.Text());
  }
}

void Complaints::Summarise() const {
  for (const auto& [key, cause] : causes_) {
    if (cause.count > 1) Tell(fmt::format("{} times, first: {}", cause.count, cause.first));
  }
  if (others_ > 0) Tell(fmt::format("{} more of other causes", others_));
  if (total_ > static_cast<std::int64_t>(causes_.size())) {
    Tell(fmt::format("{} errors and warnings in all", total_));
  }
}

}  // namespace picket::app
