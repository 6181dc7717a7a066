// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "picket/codec/observation.h"
#include "picket/server/http.h"
#include "picket/server/service.h"

namespace picket {

/// Takes what people saw and heard (POST /v1/observations) into the service, each once: a phone
/// that did not get its answer sends again, and gets the first answer again.
class Observations : public std::enable_shared_from_this<Observations> {
 public:
  /// Observations that are remembered by their id.
  static constexpr std::size_t kMaxRemembered = 50'000;
  /// An observation from further ahead of our clock is refused.
  static constexpr Duration kMaxAhead = Duration::Seconds(2.0);

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

  void Submit(std::vector<LiveReport> report, const std::string& id, const HttpRequest& request,
              const Respond& respond, double waited_s);
  void Answer(const std::string& id, const Outcome& outcome, const Respond& respond);

  Service& service_;
  std::mutex mutex_;
  std::map<std::string, Known, std::less<>> known_;
  std::deque<std::string> answered_;  ///< ids, the first answered first
};

}  // namespace picket
