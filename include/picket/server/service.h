// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "picket/codec/decoder.h"
#include "picket/codec/json.h"
#include "picket/engine/engine.h"
#include "picket/server/backend.h"
#include "picket/server/health.h"
#include "picket/server/journal.h"
#include "picket/server/operators.h"

namespace picket {

/// A report, or a change of a sensor, on its way into the service.
struct LiveReport {
  Report report;
  std::shared_ptr<const SensorChange> change;  ///< then there is no report
  std::string line;  ///< what is recorded; `report` must be what ReportReader makes of it, `change`
                     ///< what ParseSensorChange does
  std::string raw;   ///< the source's bytes that it was decoded from; empty: `line` is that
  std::int64_t number = 0;        ///< where it stood in what was sent, for refusals
  const char* refused = nullptr;  ///< set by the service: why the engine is not to see it
};

/// A change of a sensor as it is recorded and taken: what its text says. Error: it is not sound.
[[nodiscard]] Result<LiveReport> LiveChangeOf(const SensorChange& change);

/// A decoded message's report, as it is recorded and tracked. Requires that there is one.
///
/// A report line is recorded as it came. Of any other format the report is recorded as a line, with
/// its source's bytes before it, and the engine gets what that line says: angles may differ from
/// the decoded ones in the last place, and a replay must be exact. Error: the decoder made a report
/// that is not sound.
[[nodiscard]] Result<LiveReport> LiveReportOf(const DecodedMessage& message, ReportReader& reader);

/// What became of reports that were submitted together.
struct Outcome {
  struct Refusal {
    std::int64_t number = 0;
    std::string reason;
  };
  std::size_t accepted = 0;
  std::size_t detections = 0;  ///< of the accepted ones
  std::vector<Refusal> refused;
  /// Not empty: what was accepted is not on disk or nothing was accepted, and why.
  std::string failure;
};

/// The live service: reports in, pictures and alerts out, everything recorded.
///
/// One thread runs the engine. Reports enter the journal in the order in which the engine takes
/// them, so a replay is exact. What waits is bounded, before the engine here and before the disk by
/// the journal: who submits too fast is told to wait, and in the end that is the sender's socket.
///
/// The stream gets a picture right after the reports that changed it, but not more often than
/// `picture_interval`, nor than a fifth of the time can be spent on; and the last one again when a
/// second has passed without. The journal gets the engine's pictures at each multiple of `every`.
class Service : public Backend {
 public:
  struct Options {
    ServiceMode mode = ServiceMode::kRun;
    std::string version;
    Duration every = Duration::Seconds(1.0);
    Duration picture_interval = Duration::Seconds(0.02);
    /// Whether reports further ahead of the wall clock than LargestAhead are refused.
    bool refuse_ahead = true;
    std::size_t max_queued_bytes = 64U << 20U;         ///< before the engine
    std::function<std::vector<FeedHealth>()> feeds{};  ///< if there are any
  };

  /// @param journal  may be null: nothing is recorded. Used until Stop.
  Service(std::shared_ptr<const PlacedSite> site, Journal* journal, Options options);
  ~Service() override;

  /// Hands over reports. `done` is called once, from any thread, when every accepted one is on
  /// disk (where there is a journal) or could not be brought there.
  /// @returns false if too much is waiting: nothing was taken, `reports` is as it was, try later
  [[nodiscard]] bool TrySubmit(std::vector<LiveReport>& reports, std::function<void(Outcome)> done);
  /// A sensor has told that it is there, without a report. Any thread.
  void Heard(const std::string& sensor);
  /// Where the operators of aircraft stand, as feeds tell. Any thread.
  [[nodiscard]] OperatorBook& operators() { return operators_; }
  /// Records what somebody did, as JSON. `done` is called once, from any thread, when it is on disk
  /// (where there is a journal) or with why it cannot be brought there.
  void RecordAction(std::string json, std::function<void(const std::string& failure)> done);
  /// A line that was sent is no report.
  /// @param sensor  that it names all the same; empty or not of this site: counted in total only
  void CountMalformed(const std::string& sensor) { sensors_.Refused(sensor, kNotSound); }
  /// Whether there is a journal: what was accepted is then on disk.
  [[nodiscard]] bool records() const { return records_; }

  [[nodiscard]] ServiceMode mode() const override { return options_.mode; }
  [[nodiscard]] const PlacedSite& site() const override { return *site_; }
  [[nodiscard]] std::shared_ptr<const DetectionField> field() override;
  [[nodiscard]] StreamHub& hub() override { return hub_; }
  [[nodiscard]] std::string Health() override;
  [[nodiscard]] std::string Alerts() override;
  void AskPicture(std::function<void(std::string)> done) override;
  void AskUnseen(std::function<void(std::string)> done) override;

  /// What was submitted is still taken, the pictures still due are recorded, every `done` is
  /// called; then the threads end. Later submissions fail.
  void Stop();

 private:
  class Impl;
  std::shared_ptr<const PlacedSite> site_;
  Options options_;
  const bool records_;
  StreamHub hub_;
  SensorBook sensors_;
  OperatorBook operators_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
