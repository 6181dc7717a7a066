// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "picket/codec/json.h"
#include "picket/engine/engine.h"
#include "picket/server/stream.h"

namespace picket {

enum class ServiceMode : std::uint8_t { kRun, kDemo, kReplay };
/// "run", "demo", "replay".
[[nodiscard]] std::string_view ServiceModeName(ServiceMode mode);

/// What stands behind the API: the live service, or a replay. Any thread may call.
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  [[nodiscard]] virtual ServiceMode mode() const = 0;
  [[nodiscard]] virtual const PlacedSite& site() const = 0;
  /// The sensors as they are now: some may have joined the site's since, or changed.
  [[nodiscard]] virtual std::shared_ptr<const DetectionField> field() { return site().field; }
  [[nodiscard]] virtual StreamHub& hub() = 0;
  /// The answer of /v1/health, JSON.
  [[nodiscard]] virtual std::string Health() = 0;
  /// The answer of /v1/alerts, JSON.
  [[nodiscard]] virtual std::string Alerts() = 0;
  /// Calls back with the picture as one line of the track format, from another thread: it holds
  /// every report that was taken before this call.
  virtual void AskPicture(std::function<void(std::string)> done) = 0;
  /// Likewise with where targets may be that nobody has seen, as WriteUnseen has it.
  virtual void AskUnseen(std::function<void(std::string)> done) = 0;
};

/// The alerts of late, each as it last was.
class AlertBook {
 public:
  static constexpr std::size_t kMaxAlerts = 1000;
  /// Takes a change of an alert; returns its JSON.
  std::string Add(const Alert& alert);
  void Clear() { alerts_.clear(); }
  /// The JSON of the last `count` changed, the latest last.
  [[nodiscard]] std::vector<std::string> Latest(std::size_t count) const;
  /// {"alerts":[...]}, the latest change first.
  [[nodiscard]] std::string Json() const;

 private:
  std::vector<std::pair<std::uint64_t, std::string>> alerts_;  ///< (id, JSON), by time of change
};

/// "sensors" of the answer of /v1/site: where the sensors stand and look, JSON.
[[nodiscard]] std::string SensorsJson(const LocalFrame& frame, const DetectionField& field);

/// {"type":TYPE, and what the object has}. Requires a JSON object.
[[nodiscard]] std::string Typed(std::string_view type, std::string_view object);

}  // namespace picket
