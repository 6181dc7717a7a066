// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "picket/codec/observation.h"
#include "picket/server/http.h"
#include "picket/server/service.h"

namespace picket {

/// So many at once, and then one every so often.
class Allowance {
 public:
  using Clock = std::chrono::steady_clock;
  Allowance(double burst, double per_s) : left_(burst), burst_(burst), per_s_(per_s) {}
  /// Whether one more may be taken now; then it is. Times must not run backwards.
  [[nodiscard]] bool Take(Clock::time_point now);

 private:
  double left_;
  double burst_;
  double per_s_;
  std::optional<Clock::time_point> last_;
};

/// Takes what people saw and heard (POST /v1/observations) into the service, each once: a phone
/// that did not get its answer sends again, and gets the first answer again.
///
/// An observer who is no sensor of the site and says where it stands joins as one, within limits:
/// so many of them, within the site's region, at a rate that a person can have.
class Observations : public std::enable_shared_from_this<Observations> {
 public:
  /// Observations that are remembered by their id.
  static constexpr std::size_t kMaxRemembered = 50'000;
  /// An observation from further ahead of our clock is refused.
  static constexpr Duration kMaxAhead = Duration::Seconds(2.0);
  /// Observers who are not of the site; others that join (SAPIENT) have the rest of the engine's.
  static constexpr std::size_t kMaxJoined = picket::kMaxJoined / 2;
  /// Of one of them: what a phone kept for an hour without a network may come at once.
  static constexpr double kBurst = 60.0;
  static constexpr double kPerS = 0.5;
  /// Of all of them.
  static constexpr double kBurstOfAll = 600.0;
  static constexpr double kPerSOfAll = 20.0;

  /// @param service  must outlive every request
  explicit Observations(Service& service) : service_(service) {}

  /// Answers when the observation is on disk. Any thread.
  void Take(const HttpRequest& request, const std::function<void(HttpResponse)>& respond);

 private:
  using Respond = std::function<void(HttpResponse)>;
  struct Known {
    Observation observation;
    std::string answer;            ///< empty: not yet
    std::vector<Respond> waiting;  ///< who sent it again meanwhile
  };

  /// Nothing, or why one who is no sensor of the site may not observe now.
  [[nodiscard]] std::optional<HttpResponse> WhyNot(const Observation& observation,
                                                   const Sensor* known);
  void Submit(std::vector<LiveReport> report, const std::string& id, const HttpRequest& request,
              const Respond& respond, double waited_s);
  void Answer(const std::string& id, const Outcome& outcome, const Respond& respond);

  Service& service_;
  std::mutex mutex_;
  std::map<std::string, Known, std::less<>> known_;
  std::deque<std::string> answered_;                      ///< ids, the first answered first
  std::map<std::string, Allowance, std::less<>> joined_;  ///< observers who are not of the site
  Allowance of_all_{kBurstOfAll, kPerSOfAll};
};

}  // namespace picket
