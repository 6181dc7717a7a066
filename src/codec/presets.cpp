// SPDX-License-Identifier: Apache-2.0
#include "presets.h"

#include <fmt/format.h>

#include "picket/base/assert.h"

namespace picket {
namespace {

const toml::table& Presets() {
  static const toml::table presets = [] {
    auto parsed = ParseToml(PresetsText(), "presets", kMaxSiteBytes);
    PICKET_ASSERT(parsed.has_value(), "the presets that we ship are TOML");
    return *std::move(parsed);
  }();
  return presets;
}

void Fill(toml::table& own, const toml::table& preset) {
  for (const auto& [key, value] : preset) {
    toml::node* stated = own.get(key.str());
    if (stated == nullptr) {
      own.insert(key.str(), value);
      continue;
    }
    const toml::table* from = value.as_table();
    toml::table* into = stated->as_table();
    if (from == nullptr || into == nullptr) continue;
    const auto model = (*into)["model"].value<std::string>();
    if (key.str() == "detect" && model && *model != (*from)["model"].value<std::string>()) continue;
    Fill(*into, *from);
  }
}

}  // namespace

std::vector<std::string_view> PresetNames() {
  std::vector<std::string_view> names;
  for (const auto& [key, value] : Presets()) names.push_back(key.str());
  return names;
}

void ApplyPresets(toml::table& site, TomlErrors& errors) {
  toml::array* sensors = site["sensor"].as_array();
  if (sensors == nullptr) return;
  std::size_t index = 0;
  for (toml::node& node : *sensors) {
    const std::size_t at = index++;
    toml::table* sensor = node.as_table();
    const toml::node* named = sensor != nullptr ? sensor->get("preset") : nullptr;
    if (named == nullptr) continue;
    const auto name = named->value<std::string>();
    const toml::table* preset = name ? Presets()[*name].as_table() : nullptr;
    if (preset == nullptr) {
      const std::vector<std::string_view> names = PresetNames();
      const std::string_view nearest = name ? NearestName(*name, names) : "";
      errors.Add(named->source().begin.line, fmt::format("sensor[{}].preset", at),
                 fmt::format("is no preset that is known{}, expected one of {}",
                             nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest),
                             fmt::join(names, ", ")));
      continue;
    }
    Fill(*sensor, *preset);
  }
}

}  // namespace picket
