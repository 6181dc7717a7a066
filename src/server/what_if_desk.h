// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "picket/codec/what_if.h"
#include "picket/plan/what_if.h"
#include "picket/server/backend.h"
#include "picket/server/http.h"

namespace picket {

/// Answers POST /v1/plan/what-if, one question after the other on a thread of its own: neither the
/// engine nor the network waits for it. Of a client's questions only the last one counts; what
/// waits is bounded. Changes nothing of the site.
class WhatIfDesk {
 public:
  /// Questions that may wait, of as many clients.
  static constexpr std::size_t kMaxWaiting = 16;
  /// Cells along a side of the map's grid, and of the one that heights are told of.
  static constexpr int kMapCells = 700;
  static constexpr int kHeightCells = 200;

  /// @param backend  must outlive it
  explicit WhatIfDesk(Backend& backend);
  ~WhatIfDesk();
  WhatIfDesk(const WhatIfDesk&) = delete;
  WhatIfDesk& operator=(const WhatIfDesk&) = delete;

  /// What may be asked: the answer of GET /v1/plan/what-if, JSON.
  [[nodiscard]] std::string Choices() const;
  /// Any thread.
  void Ask(const HttpRequest& request, const std::function<void(HttpResponse)>& respond);
  /// Who still waits is told that the service ends; later questions likewise.
  void Stop();

 private:
  struct Question {
    WhatIfRequest request;
    std::function<void(HttpResponse)> respond;
  };

  void Run();
  [[nodiscard]] HttpResponse Answer(const WhatIfRequest& request);
  /// A new field (a sensor joined, or changed), or another time, is a new start.
  void Renew(const std::optional<Time>& time);

  Backend& backend_;
  std::shared_ptr<const DetectionField> field_;  ///< that was asked about last ...
  std::optional<Time> time_;                     ///< ... and of when
  std::optional<WhatIf> map_;
  std::optional<WhatIf> heights_;
  std::optional<MercatorCells> picture_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Question> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // last: it runs as soon as it is there
};

}  // namespace picket
