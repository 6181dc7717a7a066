// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "picket/base/error.h"
#include "picket/codec/sensor_change.h"
#include "picket/report/report.h"

namespace picket {

namespace remote_id {
struct OperatorPlace;
}

/// One message of a stream, decoded.
struct DecodedMessage {
  std::int64_t line = 0;              ///< of report lines: from 1; 0: not a line
  std::int64_t byte = 0;              ///< offset of the message in the stream; -1: has none
  std::span<const std::uint8_t> raw;  ///< its bytes; valid during the call only
  std::string json;                   ///< every field as one JSON object; empty unless asked for
  std::optional<Report> report;       ///< if the message tells of targets
  std::shared_ptr<const SensorChange> change{};  ///< if it tells of a sensor
  /// If it tells where an aircraft's operator stands: personal data, which no report has.
  std::shared_ptr<const remote_id::OperatorPlace> operator_place{};
};

/// What a decoder tells: messages and errors, in order of the stream.
struct DecodeSink {
  std::function<void(const DecodedMessage&)> on_message;
  std::function<void(const Error&)> on_error;  ///< one per cause and place; the stream goes on
  /// A report line was refused as a whole; on_error tells why. It names this sensor, which need not
  /// be one of the site; empty: none.
  std::function<void(const std::string& sensor)> on_refused{};
};

/// Bytes in, messages out; knows no file, no socket, no clock. Any bytes may be fed, cut anywhere.
class StreamDecoder {
 public:
  StreamDecoder() = default;
  StreamDecoder(const StreamDecoder&) = delete;
  StreamDecoder& operator=(const StreamDecoder&) = delete;
  virtual ~StreamDecoder() = default;
  /// @param received  when the bytes arrived: the packet's time in a capture, the wall clock of a
  ///                  live feed; nothing for a raw file, whose messages must carry their own time
  virtual void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
                    const DecodeSink& sink) = 0;
  /// The end of the stream: an unfinished message is an error.
  virtual void Finish(const DecodeSink& sink) = 0;
};

/// How much a decoder is to do.
struct DecodeOptions {
  bool want_json = false;    ///< fill DecodedMessage::json
  bool want_reports = true;  ///< fill DecodedMessage::report
};

}  // namespace picket
