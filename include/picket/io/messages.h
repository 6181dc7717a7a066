// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "picket/base/error.h"
#include "picket/codec/capture.h"
#include "picket/codec/decoder.h"
#include "picket/io/file.h"

namespace picket {

/// Where a recorded run of the service begins: it had an engine of its own.
struct RunStart {
  std::int64_t reports = 0;  ///< number of the recording's reports and changes of sensors before it
  std::vector<std::string> receivers;  ///< as RunInfo has them
};

/// What an input was and held.
struct MessageSummary {
  CaptureFormat format = CaptureFormat::kUnknown;  ///< of the file: kPcap for a network capture
  std::int64_t messages = 0;
  std::int64_t reports = 0;
  std::int64_t detections = 0;
  std::int64_t errors = 0;       ///< told of through the sink, but warnings
  std::int64_t datagrams = 0;    ///< network captures: those of a format that is decoded
  std::int64_t passed_over = 0;  ///< network captures: those that are not
  std::vector<RunStart> runs;    ///< recordings: runs of the service that reports are of, in order
};

/// Decodes an input message by message: report lines, a recording's reports, a capture of any
/// format that picket decodes ("-": standard input). Network captures are taken apart into
/// datagrams, each port's format recognised by its first ones.
/// @param format  left out: recognised by content
/// @param sink    errors get the input's name as source; in a network capture their text begins
///                with the frame's number
/// @returns an error only if nothing of the input can be read: it is not there, not recognised, or
///          holds no stream of messages (truth, tracks)
[[nodiscard]] Result<MessageSummary> ReadMessages(const std::string& path,
                                                  std::optional<CaptureFormat> format,
                                                  const CaptureOptions& options,
                                                  const DecodeSink& sink);
/// The same of an input that is open and of which nothing has been read yet.
/// @param path  what it was opened as
[[nodiscard]] Result<MessageSummary> ReadMessages(InputFile& file, const std::string& path,
                                                  CaptureFormat format,
                                                  const CaptureOptions& options,
                                                  const DecodeSink& sink);

/// Tells by its first bytes what an input holds, without passing over them; by its name only where
/// they tell nothing and it ends in .jsonl: report lines. Error: it is empty or cannot be read.
[[nodiscard]] Result<CaptureFormat> RecogniseInput(InputFile& file);

}  // namespace picket
