// SPDX-License-Identifier: Apache-2.0
#include "picket/server/backend.h"

#include <algorithm>

#include "picket/base/assert.h"

namespace picket {

std::string_view ServiceModeName(ServiceMode mode) {
  switch (mode) {
    case ServiceMode::kRun:
      return "run";
    case ServiceMode::kDemo:
      return "demo";
    case ServiceMode::kReplay:
      return "replay";
  }
  return "";
}

std::string AlertBook::Add(const Alert& alert) {
  std::erase_if(alerts_, [&](const auto& known) { return known.first == alert.id; });
  if (alerts_.size() >= kMaxAlerts) alerts_.erase(alerts_.begin());
  return alerts_.emplace_back(alert.id, WriteAlert(alert)).second;
}

std::vector<std::string> AlertBook::Latest(std::size_t count) const {
  std::vector<std::string> latest;
  for (std::size_t i = alerts_.size() - std::min(count, alerts_.size()); i < alerts_.size(); ++i) {
    latest.push_back(alerts_[i].second);
  }
  return latest;
}

std::string AlertBook::Json() const {
  std::string text = R"({"alerts":[)";
  for (auto alert = alerts_.rbegin(); alert != alerts_.rend(); ++alert) {
    if (alert != alerts_.rbegin()) text += ',';
    text += alert->second;
  }
  return text + "]}";
}

std::string Typed(std::string_view type, std::string_view object) {
  PICKET_ASSERT(object.size() >= 2 && object.front() == '{', "a JSON object has a type put in");
  std::string text = R"({"type":")";
  text += type;
  text += object.size() > 2 ? R"(",)" : R"(")";
  text += object.substr(1);
  return text;
}

}  // namespace picket
