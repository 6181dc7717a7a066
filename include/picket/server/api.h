// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "picket/io/terrain.h"
#include "picket/server/backend.h"
#include "picket/server/http.h"
#include "picket/server/service.h"

namespace picket {

class Observations;
class OperatorDesk;
class WhatIfDesk;

/// What the replay adds to the API.
class ReplayControl {
 public:
  ReplayControl() = default;
  ReplayControl(const ReplayControl&) = delete;
  ReplayControl& operator=(const ReplayControl&) = delete;
  virtual ~ReplayControl() = default;
  /// The answer of GET /v1/replay, JSON.
  [[nodiscard]] virtual std::string ReplayState() = 0;
  /// What a body of POST /v1/replay asks for. Error: it is not sound; nothing was changed.
  [[nodiscard]] virtual tl::expected<void, Error> ChangeReplay(const std::string& body) = 0;
};

/// The service's HTTP and WebSocket API, see docs/openapi.yaml, and the console.
class Api : public HttpHandler {
 public:
  static constexpr std::size_t kMaxReportsBodyBytes = 64U << 20U;
  static constexpr std::size_t kMaxControlBodyBytes = 64U << 10U;
  /// Refusals that an answer lists one by one; all are counted.
  static constexpr std::size_t kMaxRefusalsListed = 1000;

  /// All must outlive it.
  /// @param live    takes reports; null: none are taken
  /// @param replay  null: there is none
  Api(Backend& backend, Service* live, ReplayControl* replay, Hillshade hillshade,
      std::string version);
  ~Api() override;
  /// Who still waits for an answer of the API's own gets one. To be called when the server has
  /// stopped, before it is destroyed.
  void Stop();

  [[nodiscard]] std::size_t BodyLimit(std::string_view method,
                                      std::string_view path) const override;
  void Handle(HttpRequest request, std::function<void(HttpResponse)> respond) override;
  [[nodiscard]] Joined Stream(std::string_view path) override;
  [[nodiscard]] std::vector<std::pair<StreamKind, std::string>> Greeting() override;

  /// To be called every second: sends what the stream gets then.
  void Tick();

 private:
  Backend& backend_;
  Service* live_;
  ReplayControl* replay_;
  std::shared_ptr<Observations> observations_;  ///< if reports are taken
  std::unique_ptr<OperatorDesk> operators_;     ///< likewise
  std::unique_ptr<WhatIfDesk> what_if_;
  Hillshade hillshade_;
  std::string version_;
  std::string site_json_;
};

}  // namespace picket
