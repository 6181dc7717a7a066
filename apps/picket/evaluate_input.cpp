// SPDX-License-Identifier: Apache-2.0
#include "evaluate_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <unordered_set>
#include <utility>

#include "picket/codec/courageous.h"
#include "picket/codec/json.h"
#include "picket/io/file.h"
#include "picket/io/geoid.h"

namespace picket::app {
namespace {

/// A truth log's records this far apart are not joined: the flight was not logged between them.
constexpr Duration kLongestJoin = Duration::Seconds(5.0);
constexpr std::size_t kHeadBytes = 4096;

tl::unexpected<Error> Wrong(const std::string& source, std::string what) {
  Error error;
  error.source = source;
  error.what = std::move(what);
  return tl::unexpected<Error>(std::move(error));
}

/// Reads lines of one format in order of time. The first thing wrong ends it.
template <typename Value>
class Sequence {
 public:
  using Read = std::function<Result<Value>(std::string_view)>;
  Sequence(InputFile file, Read read) : file_(std::move(file)), read_(std::move(read)) {}

  /// The next value; nothing at the end.
  Result<std::optional<Value>> Next() {
    while (true) {
      const auto line = file_.NextLine(kMaxPictureBytes);
      if (!line) return tl::unexpected<Error>(line.error());
      if (!*line) return std::optional<Value>();
      const std::string_view text = (*line)->text;
      if (!(*line)->too_long && text.find_first_not_of(" \t") == std::string_view::npos) continue;
      auto value =
          (*line)->too_long
              ? Result<Value>(Fail(fmt::format("is longer than {} bytes", kMaxPictureBytes)))
              : read_(text);
      if (value && last_ && value->time < *last_) value = Fail("goes back in time", "time");
      if (!value) {
        Error error = std::move(value.error());
        error.source = file_.name();
        error.line = (*line)->number;
        return tl::unexpected<Error>(std::move(error));
      }
      last_ = value->time;
      return std::optional<Value>(std::move(*value));
    }
  }
  [[nodiscard]] const std::string& name() const { return file_.name(); }
  [[nodiscard]] std::int64_t offset() const { return file_.offset(); }
  [[nodiscard]] const std::optional<Time>& last() const { return last_; }

 private:
  InputFile file_;
  Read read_;
  std::optional<Time> last_;
};

class TruthLines : public TruthSource {
 public:
  TruthLines(InputFile file, std::int64_t bytes, const ComparisonFrame& frame)
      : bytes_(bytes),
        frame_(frame),
        lines_(std::move(file), [this](std::string_view line) { return Read(line); }) {}

  Result<std::optional<TruthInstant>> Next() override { return lines_.Next(); }
  [[nodiscard]] double share() const override {
    return bytes_ > 0 ? static_cast<double>(lines_.offset()) / static_cast<double>(bytes_) : 0.0;
  }

 private:
  Result<TruthInstant> Read(std::string_view line);

  std::int64_t bytes_;
  const ComparisonFrame& frame_;
  std::optional<Time> last_;
  Sequence<TruthInstant> lines_;
};

Result<TruthInstant> TruthLines::Read(std::string_view line) {
  auto truth = ReadTruth(line, &frame_.frame);
  if (!truth) return tl::unexpected<Error>(std::move(truth.error()));
  if (last_ && truth->time == *last_) {
    return Fail("is that of the line before; all targets of an instant stand in one line", "time");
  }
  last_ = truth->time;
  TruthInstant instant;
  instant.time = truth->time;
  std::unordered_set<std::string_view> ids;
  for (std::size_t i = 0; i < truth->targets.size(); ++i) {
    const TruthTarget& target = truth->targets[i];
    if (!ids.insert(target.id).second) {
      return Fail(fmt::format("\"{}\" stands twice", target.id), fmt::format("targets[{}].id", i));
    }
    if (!frame_.stated && target.enu_m.has_value() != frame_.local) {
      return Fail(fmt::format("has a position in {}, but the first target's is in {}; --site names "
                              "the frame that joins them",
                              frame_.local ? "degrees" : "local metres",
                              frame_.local ? "local metres" : "degrees"),
                  fmt::format("targets[{}]", i));
    }
    ScoredTruth& scored = instant.targets.emplace_back();
    scored.id = target.id;
    scored.p_L = target.enu_m
                     ? Eigen::Vector3d((*target.enu_m)[0], (*target.enu_m)[1], (*target.enu_m)[2])
                     : frame_.frame.ToLocal(target.position);
    scored.v_L = {target.vel_enu_mps[0], target.vel_enu_mps[1], target.vel_enu_mps[2]};
    scored.target_class = target.target_class;
  }
  return instant;
}

class PictureLines : public PictureSource {
 public:
  PictureLines(InputFile file, double max_age_s, const ComparisonFrame& frame)
      : max_age_(Duration::Seconds(max_age_s)),
        frame_(frame),
        lines_(std::move(file), [this](std::string_view line) { return Read(line); }) {}

  Result<std::optional<std::vector<ScoredTrack>>> At(Time time) override;
  Result<std::optional<std::pair<Time, Time>>> Span() override;

 private:
  Result<Picture> Read(std::string_view line);
  tl::expected<void, Error> Advance();

  Duration max_age_;
  const ComparisonFrame& frame_;
  Sequence<Picture> lines_;
  std::optional<Time> first_;
  std::optional<Picture> newest_;  ///< not after the instant that was asked for
  std::optional<Picture> ahead_;
  bool started_ = false;
};

Result<Picture> PictureLines::Read(std::string_view line) {
  auto picture = ReadPicture(line, frame_.local ? nullptr : &frame_.frame);
  if (!picture) return picture;
  std::unordered_set<std::uint64_t> ids;
  for (std::size_t i = 0; i < picture->tracks.size(); ++i) {
    if (ids.insert(picture->tracks[i].id).second) continue;
    return Fail(fmt::format("{} stands twice", picture->tracks[i].id),
                fmt::format("tracks[{}].id", i));
  }
  return picture;
}

tl::expected<void, Error> PictureLines::Advance() {
  auto next = lines_.Next();
  if (!next) return tl::unexpected<Error>(std::move(next.error()));
  ahead_ = std::move(*next);
  if (ahead_ && !first_) first_ = ahead_->time;
  started_ = true;
  return {};
}

Result<std::optional<std::vector<ScoredTrack>>> PictureLines::At(Time time) {
  while (!started_ || (ahead_ && ahead_->time <= time)) {
    if (ahead_) newest_ = std::move(ahead_);
    ahead_.reset();
    if (auto read = Advance(); !read) return tl::unexpected<Error>(std::move(read.error()));
  }
  if (!newest_ || time - newest_->time > max_age_) return std::optional<std::vector<ScoredTrack>>();
  const double age_s = (time - newest_->time).s();
  std::optional<std::vector<ScoredTrack>> tracks(std::in_place);
  for (const Track& track : newest_->tracks) {
    ScoredTrack& scored = tracks->emplace_back();
    scored.id = track.id;
    scored.p_L = track.mean.head<3>();
    scored.v_L = track.mean.tail<3>();
    if (scored.v_L.allFinite()) scored.p_L += age_s * scored.v_L;
    scored.class_probability = track.class_probability;
    scored.covariance = track.covariance;
    scored.nis_sum = track.nis_sum;
    scored.nis_degrees = track.nis_degrees;
    if (age_s == 0.0) continue;
    StateCovariance move = StateCovariance::Identity();
    move.topRightCorner<3, 3>().diagonal().setConstant(age_s);
    scored.covariance = move * track.covariance * move.transpose();
  }
  return tracks;
}

Result<std::optional<std::pair<Time, Time>>> PictureLines::Span() {
  while (!started_ || ahead_) {
    if (auto read = Advance(); !read) return tl::unexpected<Error>(std::move(read.error()));
  }
  if (!first_) return std::optional<std::pair<Time, Time>>();
  return std::optional(std::pair(*first_, *lines_.last()));
}

/// A record of a log in the frame of comparison.
struct LogPoint {
  Time time;
  Eigen::Vector3d p_L;
  Eigen::Vector3d v_L;  ///< NaN: not stated
};
struct LogPath {
  std::string name;
  std::uint64_t uas_id = 0;
  std::vector<LogPoint> points;
  std::size_t next = 0;  ///< first one after the latest instant that was asked for
};

std::vector<LogPath> PathsOf(const CourageousLog& log, const LocalFrame& frame) {
  std::vector<LogPath> paths;
  for (const CourageousTrack& track : log.tracks) {
    LogPath& path = paths.emplace_back();
    path.uas_id = track.uas_id;
    path.name = track.name.empty() ? fmt::format("{}", track.uas_id) : track.name;
    for (const CourageousRecord& record : track.records) {
      const auto& v = record.vel_enu_mps;
      // Velocities are given in the axes at the target.
      path.points.push_back(
          {record.time, frame.ToLocal(record.position),
           frame.AxesAt(record.position).transpose() * Eigen::Vector3d(v[0], v[1], v[2])});
    }
  }
  // Names are the system's own words, and may stand twice.
  std::map<std::string, int> seen;
  for (const LogPath& path : paths) ++seen[path.name];
  for (LogPath& path : paths) {
    if (seen[path.name] > 1) path.name += fmt::format(" ({})", path.uas_id);
  }
  return paths;
}

std::vector<std::string> NotesOn(const std::string& source, const CourageousLog& log) {
  std::vector<std::string> notes;
  const auto note = [&](std::int64_t count, std::string_view what) {
    if (count > 0) notes.push_back(fmt::format("{}: {} {} left out", source, count, what));
  };
  note(log.detections, "records of detections, which belong to no track, are");
  note(log.ground_stations, "records of ground stations are");
  note(log.without_position, "records that tell a direction only are");
  return notes;
}

std::optional<std::pair<Time, Time>> SpanOf(const std::vector<LogPath>& paths) {
  std::optional<std::pair<Time, Time>> span;
  for (const LogPath& path : paths) {
    const Time first = path.points.front().time;
    const Time last = path.points.back().time;
    if (!span) span.emplace(first, last);
    span->first = std::min(span->first, first);
    span->second = std::max(span->second, last);
  }
  return span;
}

class TruthLog : public TruthSource {
 public:
  TruthLog(const CourageousLog& log, const ComparisonOptions& options, const LocalFrame& frame)
      : notes_(NotesOn(options.truth, log)),
        paths_(PathsOf(log, frame)),
        span_(*SpanOf(paths_)),
        every_(Duration::Seconds(options.every_s)) {
    // At multiples of the step in UTC, where others' pictures lie as well.
    const std::int64_t step = every_.ns();
    next_ = Time::Ns((span_.first.ns() + step - 1) / step * step);
  }

  Result<std::optional<TruthInstant>> Next() override;
  [[nodiscard]] double share() const override {
    const double whole_s = (span_.second - span_.first).s();
    return whole_s > 0.0 ? std::clamp((next_ - span_.first).s() / whole_s, 0.0, 1.0) : 0.0;
  }
  [[nodiscard]] std::vector<std::string> Notes() const override { return notes_; }

 private:
  std::vector<std::string> notes_;
  std::vector<LogPath> paths_;
  std::pair<Time, Time> span_;
  Duration every_;
  Time next_;
};

Result<std::optional<TruthInstant>> TruthLog::Next() {
  if (next_ > span_.second) return std::optional<TruthInstant>();
  std::optional<TruthInstant> instant(std::in_place);
  instant->time = next_;
  for (LogPath& path : paths_) {
    while (path.next < path.points.size() && path.points[path.next].time <= next_) ++path.next;
    if (path.next == 0) continue;
    const LogPoint& a = path.points[path.next - 1];
    ScoredTruth target;
    target.id = path.name;
    if (a.time == next_) {
      target.p_L = a.p_L;
      target.v_L = a.v_L;
    } else {
      if (path.next == path.points.size()) continue;
      const LogPoint& b = path.points[path.next];
      if (b.time - a.time > kLongestJoin) continue;
      const double step_s = (b.time - a.time).s();
      const double share = (next_ - a.time).s() / step_s;
      target.p_L = a.p_L + share * (b.p_L - a.p_L);
      target.v_L = a.v_L + share * (b.v_L - a.v_L);
      if (!target.v_L.allFinite()) target.v_L = (b.p_L - a.p_L) / step_s;
    }
    instant->targets.push_back(std::move(target));
  }
  next_ = next_ + every_;
  return instant;
}

class PictureLog : public PictureSource {
 public:
  PictureLog(const CourageousLog& log, const ComparisonOptions& options, const LocalFrame& frame)
      : notes_(NotesOn(options.tracks, log)),
        paths_(PathsOf(log, frame)),
        span_(SpanOf(paths_)),
        max_age_(Duration::Seconds(options.max_age_s)) {}

  Result<std::optional<std::vector<ScoredTrack>>> At(Time time) override;
  Result<std::optional<std::pair<Time, Time>>> Span() override { return span_; }
  [[nodiscard]] std::vector<std::string> Notes() const override { return notes_; }

 private:
  std::vector<std::string> notes_;
  std::vector<LogPath> paths_;
  std::optional<std::pair<Time, Time>> span_;
  Duration max_age_;
};

Result<std::optional<std::vector<ScoredTrack>>> PictureLog::At(Time time) {
  if (!span_ || time < span_->first || time > span_->second + max_age_) {
    return std::optional<std::vector<ScoredTrack>>();
  }
  std::optional<std::vector<ScoredTrack>> tracks(std::in_place);
  for (LogPath& path : paths_) {
    while (path.next < path.points.size() && path.points[path.next].time <= time) ++path.next;
    if (path.next == 0) continue;
    const LogPoint& newest = path.points[path.next - 1];
    if (time - newest.time > max_age_) continue;
    ScoredTrack& track = tracks->emplace_back();
    track.id = path.uas_id;
    track.p_L = newest.p_L;
    track.v_L = newest.v_L;
    if (track.v_L.allFinite()) track.p_L += (time - newest.time).s() * track.v_L;
  }
  return tracks;
}

/// A log that has tracks.
Result<CourageousLog> ReadLog(const std::string& path, int dimensions) {
  auto text = ReadFile(path, kMaxCourageousBytes);
  if (!text) return tl::unexpected<Error>(std::move(text.error()));
  const auto geoid = LoadGeoid();
  if (!geoid) return tl::unexpected<Error>(geoid.error());
  auto log = ReadCourageous(*text, *geoid);
  if (!log) {
    log.error().source = path;
    return log;
  }
  if (log->tracks.empty()) {
    return Wrong(path, fmt::format("holds no track with a position; {} records of tracks tell a "
                                   "direction only, {} are of ground stations",
                                   log->without_position, log->ground_stations));
  }
  for (const CourageousTrack& track : log->tracks) {
    for (const CourageousRecord& record : track.records) {
      if (dimensions == 2 || record.has_height) continue;
      return Wrong(path, fmt::format("track {} has records without a height, so nothing can be "
                                     "compared in three dimensions",
                                     track.uas_id));
    }
  }
  return log;
}

/// Looks at the first truth that has a target.
tl::expected<void, Error> ChooseFrame(InputFile file, ComparisonFrame& frame) {
  Sequence<Truth> truths(std::move(file),
                         [&frame](std::string_view line) { return ReadTruth(line, &frame.frame); });
  while (true) {
    const auto truth = truths.Next();
    if (!truth) return tl::unexpected<Error>(truth.error());
    if (!*truth) return {};
    if ((*truth)->targets.empty()) continue;
    const TruthTarget& first = (*truth)->targets.front();
    frame.local = first.enu_m.has_value();
    if (!frame.local && !frame.stated) frame.frame = LocalFrame(first.position);
    return {};
  }
}

}  // namespace

Result<std::unique_ptr<TruthSource>> OpenTruth(const ComparisonOptions& options,
                                               ComparisonFrame& frame) {
  if (options.truth == "-") {
    return Wrong("standard input", "the truth is read twice, so it must be a file");
  }
  auto file = InputFile::Open(options.truth);
  if (!file) return tl::unexpected<Error>(std::move(file.error()));
  const auto head = file->Peek(kHeadBytes);
  if (!head) return tl::unexpected<Error>(head.error());
  if (head->empty()) return Wrong(options.truth, "is empty, expected lines of truth");
  if (LooksLikeCourageous(*head)) {
    auto log = ReadLog(options.truth, options.dimensions);
    if (!log) return tl::unexpected<Error>(std::move(log.error()));
    frame.local = false;
    if (!frame.stated) frame.frame = LocalFrame(log->tracks.front().records.front().position);
    return std::make_unique<TruthLog>(*log, options, frame.frame);
  }
  if (auto chosen = ChooseFrame(std::move(*file), frame); !chosen) {
    return tl::unexpected<Error>(std::move(chosen.error()));
  }
  auto again = InputFile::Open(options.truth);
  if (!again) return tl::unexpected<Error>(std::move(again.error()));
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(options.truth, failed);
  return std::make_unique<TruthLines>(std::move(*again),
                                      failed ? 0 : static_cast<std::int64_t>(bytes), frame);
}

Result<std::unique_ptr<PictureSource>> OpenPictures(const ComparisonOptions& options,
                                                    const ComparisonFrame& frame) {
  auto file = InputFile::Open(options.tracks);
  if (!file) return tl::unexpected<Error>(std::move(file.error()));
  const auto head = file->Peek(kHeadBytes);
  if (!head) return tl::unexpected<Error>(head.error());
  if (head->empty()) return Wrong(file->name(), "is empty, expected lines of tracks");
  if (!LooksLikeCourageous(*head)) {
    return std::make_unique<PictureLines>(std::move(*file), options.max_age_s, frame);
  }
  if (options.tracks == "-") {
    return Wrong("standard input", "a trial log is read as a whole, so it must be a file");
  }
  if (frame.local && !frame.stated) {
    return Wrong(options.tracks,
                 "is in degrees, but the truth in local metres; --site names the frame that joins "
                 "them");
  }
  const auto log = ReadLog(options.tracks, options.dimensions);
  if (!log) return tl::unexpected<Error>(log.error());
  return std::make_unique<PictureLog>(*log, options, frame.frame);
}

}  // namespace picket::app
