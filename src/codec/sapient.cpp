// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/sapient.h"

#include <fmt/format.h>

#include "sapient_framer.h"
#include "sapient_report.h"
#include "sapient_wire.h"

namespace picket::sapient {
namespace {

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void Stamp(const Framer::Frame& frame, Error& error) {
  error.line = frame.line;
  error.byte = frame.byte;
}

}  // namespace

class SapientDecoder::Impl {
 public:
  explicit Impl(Options given) : options(std::move(given)) {}

  void OnFrame(const Framer::Frame& frame, const DecodeSink& sink) {
    const auto tell = [&](Error error) {
      Stamp(frame, error);
      if (sink.on_error) sink.on_error(error);
    };
    const auto message = parser.Parse(frame.bytes, frame.json);
    if (!message) {
      ++counts.refused;
      return tell(message.error());
    }
    Errors violations = Violations(*message);
    if (!violations.empty()) {
      ++counts.refused;
      Error& first = violations.front();
      if (violations.size() > 1) {
        first.what += fmt::format(", and {} more violations", violations.size() - 1);
      }
      return tell(std::move(first));
    }
    ++counts.messages;
    if (sink.on_message) {
      DecodedMessage decoded;
      decoded.byte = frame.byte;
      decoded.raw = AsBytes(frame.bytes);
      if (options.decode.want_json) decoded.json = Json(*message);
      sink.on_message(decoded);
    }
    if (options.decode.want_reports) {
      maker.Take(*message->message, EmitTo(frame.byte, sink), EmitChangeTo(frame.byte, sink), tell);
    }
  }

  [[nodiscard]] static ReportMaker::Emit EmitTo(std::int64_t byte, const DecodeSink& sink) {
    return [byte, &sink](Report&& report) {
      if (!sink.on_message) return;
      DecodedMessage decoded;
      decoded.byte = byte;
      decoded.report = std::move(report);
      sink.on_message(decoded);
    };
  }

  [[nodiscard]] static ReportMaker::EmitChange EmitChangeTo(std::int64_t byte,
                                                            const DecodeSink& sink) {
    return [byte, &sink](SensorChange&& change) {
      if (!sink.on_message) return;
      DecodedMessage decoded;
      decoded.byte = byte;
      decoded.change = std::make_shared<const SensorChange>(std::move(change));
      sink.on_message(decoded);
    };
  }

  const Options options;
  Counts counts;
  Framer framer{true};
  MessageParser parser;
  ReportMaker maker{options, counts};
  std::int64_t fed = 0;
};

SapientDecoder::SapientDecoder(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
SapientDecoder::~SapientDecoder() = default;

void SapientDecoder::Feed(std::span<const std::uint8_t> bytes, std::optional<Time>,
                          const DecodeSink& sink) {
  impl_->fed += static_cast<std::int64_t>(bytes.size());
  impl_->framer.Feed(
      bytes, [&](const Framer::Frame& frame) { impl_->OnFrame(frame, sink); },
      [&](const Error& error) {
        if (sink.on_error) sink.on_error(error);
      });
}

void SapientDecoder::Finish(const DecodeSink& sink) {
  impl_->framer.Finish([&](const Framer::Frame& frame) { impl_->OnFrame(frame, sink); },
                       [&](const Error& error) {
                         if (sink.on_error) sink.on_error(error);
                       });
  impl_->maker.Flush(Impl::EmitTo(impl_->fed, sink));
}

const Counts& SapientDecoder::counts() const { return impl_->counts; }

Checked Check(std::string_view bytes) {
  Checked checked;
  MessageParser parser;
  const auto on_frame = [&](const Framer::Frame& frame) {
    ++checked.messages;
    const auto add = [&](Error error) {
      Stamp(frame, error);
      checked.errors.push_back(std::move(error));
    };
    auto message = parser.Parse(frame.bytes, frame.json);
    if (!message) {
      add(message.error());
      // A key too many does not hide what is wrong beside it.
      if (frame.json) message = parser.Parse(frame.bytes, true, true);
      if (!message) return;
    }
    if (message->first()) ++checked.first;
    for (Error& error : Violations(*message)) add(std::move(error));
  };
  const auto on_error = [&](const Error& error) { checked.errors.push_back(error); };
  Framer framer(true);
  framer.Feed(AsBytes(bytes), on_frame, on_error);
  framer.Finish(on_frame, on_error);
  if (checked.messages == 0 && checked.errors.empty()) {
    Error error;
    error.what = "holds no message";
    checked.errors.push_back(std::move(error));
  }
  return checked;
}

bool LooksLikeSapient(std::span<const std::uint8_t> head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos) return false;
  if (text[first] == '{') {
    const auto has = [&](std::string_view key) { return text.find(key) != std::string_view::npos; };
    return has("\"timestamp\"") && (has("\"nodeId\"") || has("\"node_id\""));
  }
  bool sound = false;
  bool broken = false;
  Framer framer(false);
  framer.Feed(
      head,
      [&](const Framer::Frame& frame) {
        const auto message = ParseBytes(AsBytes(frame.bytes));
        sound = sound || (message && (*message)->has_timestamp() && IsUuid((*message)->node_id()));
      },
      [&](const Error&) { broken = true; });
  return sound && !broken;
}

bool IsNodeId(std::string_view text) { return IsUuid(text); }

}  // namespace picket::sapient
