// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "picket/io/recorded_site.h"
#include "picket/server/api.h"
#include "picket/server/backend.h"

namespace picket {

/// Plays a run of a recording: its reports go through an engine again, at the pace of their times.
///
/// The time axis is that of the reports, from the run's first recorded picture to its last. A seek
/// takes the engine there by taking the reports up to it as fast as it can, from the start of the
/// run if it leads back. Until it is there the recorded pictures are shown, so a seek shows at
/// once.
class Replayer : public Backend, public ReplayControl {
 public:
  struct Options {
    std::string version;
    std::string file;  ///< the recording's name, for health
    double speed = 1.0;
  };
  static constexpr double kMaxSpeed = 1000.0;

  /// Errors: the run holds no report, or the recording cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<Replayer>> Start(
      Recording recording, const RecordedRun& run, std::shared_ptr<const PlacedSite> site,
      Options options);
  ~Replayer() override;

  [[nodiscard]] ServiceMode mode() const override { return ServiceMode::kReplay; }
  [[nodiscard]] const PlacedSite& site() const override;
  [[nodiscard]] std::shared_ptr<const DetectionField> field() override;
  [[nodiscard]] StreamHub& hub() override;
  [[nodiscard]] std::string Health() override;
  [[nodiscard]] std::string Alerts() override;
  void AskPicture(std::function<void(std::string)> done) override;
  void AskUnseen(std::function<void(std::string)> done) override;
  [[nodiscard]] std::string ReplayState() override;
  [[nodiscard]] tl::expected<void, Error> ChangeReplay(const std::string& body) override;
  /// Whether the engine has taken every report up to where the replay stands.
  [[nodiscard]] bool CaughtUp() const;
  void Stop();

 private:
  class Impl;
  explicit Replayer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
