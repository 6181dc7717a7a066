// SPDX-License-Identifier: Apache-2.0
#include "picket/io/messages.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string_view>

#include "picket/codec/json.h"
#include "picket/codec/remote_id.h"
#include "picket/io/file.h"
#include "picket/io/pcap.h"
#include "picket/io/recorded_site.h"
#include "picket/io/recording.h"

namespace picket {
namespace {

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Counts what passes and puts the input's name to each error.
class Counting {
 public:
  Counting(std::string source, MessageSummary& summary, const DecodeSink& sink)
      : source_(std::move(source)), summary_(summary) {
    sink_.on_message = [this, &sink](const DecodedMessage& message) {
      ++summary_.messages;
      if (message.report) {
        ++summary_.reports;
        summary_.detections += static_cast<std::int64_t>(message.report->detections.size());
      }
      if (sink.on_message) sink.on_message(message);
    };
    sink_.on_error = [this, &sink](const Error& error) {
      if (!error.what.starts_with("warning: ")) ++summary_.errors;
      if (!sink.on_error) return;
      Error told = error;
      told.source = source_;
      if (frame_ != 0) {
        told.byte = -1;
        told.what = error.byte < 0
                        ? fmt::format("frame {}: {}", frame_, error.what)
                        : fmt::format("frame {}, byte {}: {}", frame_, error.byte, error.what);
      }
      sink.on_error(told);
    };
    sink_.on_refused = sink.on_refused;
  }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;

  [[nodiscard]] const DecodeSink& sink() const { return sink_; }
  void SetFrame(std::int64_t number) { frame_ = number; }

 private:
  std::string source_;
  MessageSummary& summary_;
  DecodeSink sink_;
  std::int64_t frame_ = 0;
};

// The datagrams of a network capture, each port with a decoder of its own; but one for all ports
// of ASTERIX: a radar sends the same plots over several networks, and its markers beside them.
class Ports {
 public:
  Ports(CaptureOptions options, MessageSummary& summary, Counting& counting)
      : options_(std::move(options)),
        summary_(summary),
        counting_(counting),
        radio_(options_.decode, options_.remote_id_sensor) {
    options_.datagrams = true;
  }

  void OnFrame(const CapturedFrame& frame) {
    counting_.SetFrame(frame.number);
    if (remote_id::Receiver::IsRadio(frame.link_type)) {
      return radio_.Frame(frame.link_type, frame.bytes, frame.time, counting_.sink());
    }
    const auto datagram = UdpOf(frame);
    if (!datagram) {
      counting_.sink().on_error(datagram.error());
      return;
    }
    if (!*datagram) return;
    const Datagram& udp = **datagram;
    if (udp.payload.empty()) return;
    auto& decoder = decoders_[udp.destination_port];
    if (!decoder) {
      const CaptureFormat format = RecogniseCapture(udp.payload, true);
      if (format == CaptureFormat::kAsterix && asterix_) {
        decoder = asterix_;
      } else {
        decoder = MakeDecoder(format, options_);
      }
      if (!decoder) {
        ++summary_.passed_over;
        return;
      }
      if (format == CaptureFormat::kAsterix) asterix_ = decoder;
    }
    ++summary_.datagrams;
    decoder->Feed(udp.payload, frame.time, counting_.sink());
  }

  void Finish() {
    counting_.SetFrame(0);
    for (const auto& [port, decoder] : decoders_) {
      if (decoder && decoder != asterix_) decoder->Finish(counting_.sink());
    }
    if (asterix_) asterix_->Finish(counting_.sink());
  }

 private:
  CaptureOptions options_;
  MessageSummary& summary_;
  Counting& counting_;
  std::map<std::uint16_t, std::shared_ptr<StreamDecoder>> decoders_;
  std::shared_ptr<StreamDecoder> asterix_;
  remote_id::Receiver radio_;  ///< of frames of the air
};

Result<void> ReadPorts(const std::string& path, InputFile& file, const CaptureOptions& options,
                       MessageSummary& summary, Counting& counting) {
  Ports ports(options, summary, counting);
  CaptureSink sink;
  sink.on_frame = [&](const CapturedFrame& frame) { ports.OnFrame(frame); };
  sink.on_error = [&](const Error& error) {
    counting.SetFrame(0);
    counting.sink().on_error(error);
  };
  Result<void> read;
  if (path == "-") {
    const auto bytes = ReadRest(file);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    read = ReadCapture(AsBytes(*bytes), sink);
  } else {
    read = ReadCapture(path, sink);
  }
  ports.Finish();
  return read;
}

Result<void> ReadReports(const Recording& recording, const CaptureOptions& options,
                         MessageSummary& summary, Counting& counting) {
  // Without runs (another program wrote it, or it is damaged) the reports are one stream.
  std::vector<RecordedRun> runs;
  if (auto found = RecordedRuns(recording)) runs = std::move(*found);
  auto run = runs.begin();
  ReportReader reader;
  std::int64_t changes = 0;
  EntryFilter filter;
  filter.kind = EntryKind::kReport;
  filter.or_kind = EntryKind::kSensor;
  return recording.ForEach(filter, [&](const EntryView& entry) {
    for (; run != runs.end() && entry.sequence >= run->first; ++run) {
      summary.runs.push_back({summary.reports + changes, run->info.receivers});
    }
    if (entry.kind == EntryKind::kSensor) {
      ++changes;
      DecodedMessage message;
      message.byte = -1;
      auto change = ParseSensorChange(entry.payload);
      if (!change) {
        Error error = change.error().front();
        error.what = fmt::format("entry {}: {}", entry.sequence, error.what);
        counting.sink().on_error(error);
        return true;
      }
      message.raw = AsBytes(entry.payload);
      message.change = std::make_shared<const SensorChange>(std::move(*change));
      counting.sink().on_message(message);
      return true;
    }
    auto parsed = reader.Read(entry.payload);
    if (!parsed) {
      Error error = parsed.error();
      error.what = fmt::format("entry {}: {}", entry.sequence, error.what);
      error.byte = -1;
      counting.sink().on_error(error);
      if (counting.sink().on_refused) counting.sink().on_refused(SensorNamedIn(entry.payload));
      return true;
    }
    DecodedMessage message;
    message.byte = -1;
    message.raw = AsBytes(entry.payload);
    if (options.decode.want_json) message.json = entry.payload;
    if (options.decode.want_reports) message.report = std::move(parsed->report);
    counting.sink().on_message(message);
    return true;
  });
}

Result<void> ReadRecording(const std::string& path, InputFile& file, const CaptureOptions& options,
                           MessageSummary& summary, Counting& counting) {
  if (path != "-") {
    const auto recording = Recording::OpenRead(path);
    if (!recording) return tl::unexpected<Error>(recording.error());
    return ReadReports(*recording, options, summary, counting);
  }
  const auto bytes = ReadRest(file);
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  const auto recording = Recording::OpenImage(AsBytes(*bytes));
  if (!recording) return tl::unexpected<Error>(recording.error());
  return ReadReports(*recording, options, summary, counting);
}

Result<void> ReadStream(InputFile& file, StreamDecoder& decoder, const DecodeSink& sink) {
  while (true) {
    const auto part = file.Read();
    if (!part) return tl::unexpected<Error>(part.error());
    if (part->empty()) break;
    decoder.Feed(AsBytes(*part), std::nullopt, sink);
  }
  decoder.Finish(sink);
  return {};
}

}  // namespace

Result<CaptureFormat> RecogniseInput(InputFile& file) {
  const auto head = file.Peek(kRecognitionBytes);
  if (!head) return tl::unexpected<Error>(head.error());
  if (head->empty()) {
    Error error;
    error.source = file.name();
    error.what = "is empty";
    return tl::unexpected<Error>(std::move(error));
  }
  const CaptureFormat format = RecogniseCapture(AsBytes(*head), head->size() < kRecognitionBytes);
  // Damage longer than what is looked at must not hide the good lines behind it.
  const bool named = file.name().ends_with(".jsonl");
  return format == CaptureFormat::kUnknown && named ? CaptureFormat::kReports : format;
}

Result<MessageSummary> ReadMessages(const std::string& path, std::optional<CaptureFormat> format,
                                    const CaptureOptions& options, const DecodeSink& sink) {
  auto file = InputFile::Open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  if (!format) {
    const auto found = RecogniseInput(*file);
    if (!found) return tl::unexpected<Error>(found.error());
    format = *found;
  }
  return ReadMessages(*file, path, *format, options, sink);
}

Result<MessageSummary> ReadMessages(InputFile& file, const std::string& path, CaptureFormat format,
                                    const CaptureOptions& options, const DecodeSink& sink) {
  MessageSummary summary;
  summary.format = format;
  Counting counting(file.name(), summary, sink);
  Result<void> read;
  switch (summary.format) {
    case CaptureFormat::kPcap:
      read = ReadPorts(path, file, options, summary, counting);
      break;
    case CaptureFormat::kRecording:
      read = ReadRecording(path, file, options, summary, counting);
      break;
    default: {
      const auto decoder = MakeDecoder(summary.format, options);
      if (!decoder) {
        Error error;
        error.source = file.name();
        error.what = format == CaptureFormat::kUnknown
                         ? fmt::format("is of no format that is known: expected one of {}",
                                       CaptureFormatNames())
                         : fmt::format("holds {}, which are not reports of sensors",
                                       CaptureFormatName(format));
        return tl::unexpected<Error>(std::move(error));
      }
      read = ReadStream(file, *decoder, counting.sink());
    }
  }
  if (!read) {
    if (read.error().source.empty()) read.error().source = file.name();
    if (summary.messages == 0) return tl::unexpected<Error>(read.error());
    ++summary.errors;
    if (sink.on_error) sink.on_error(read.error());
  }
  return summary;
}

}  // namespace picket
