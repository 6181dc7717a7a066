// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "picket/codec/asterix.h"
#include "picket/codec/decoder.h"
#include "picket/codec/sapient.h"
#include "picket/codec/site.h"

namespace picket {

/// What an input may hold.
enum class CaptureFormat : std::uint8_t {
  kUnknown,
  kReports,    ///< report lines
  kTruth,      ///< truth lines
  kTracks,     ///< track lines
  kRecording,  ///< a recording (SQLite)
  kPcap,       ///< network capture, pcap or pcapng
  kAsterix,    ///< ASTERIX data blocks one after the other
  kBeast,      ///< Beast binary
  kAvr,        ///< AVR or bare hexadecimal, line by line
  kAdsbCsv,    ///< SECONDS,"HEX",...
  kSbs,        ///< SBS-1 lines
  kReadsb,     ///< JSON of readsb and dump1090-fa: aircraft.json, or an aircraft a line
  kSapient,    ///< SAPIENT messages, framed or as JSON
  kCot,        ///< Cursor on Target, XML or TAK protocol
  kRemoteId,   ///< Remote ID, as JSON of receivers (of the air it comes in a kPcap)
};
/// "unknown", "reports", "truth", "tracks", "recording", "pcap", "asterix", "beast", "avr",
/// "adsb-csv", "sbs", "readsb", "sapient", "cot", "remote-id".
[[nodiscard]] std::string_view CaptureFormatName(CaptureFormat format);
/// The inverse; nothing for another name and for "unknown".
[[nodiscard]] std::optional<CaptureFormat> ParseCaptureFormat(std::string_view name);
/// All names but "unknown", "reports, truth, ...": what a user may say.
[[nodiscard]] std::string CaptureFormatNames();

/// As many first bytes as recognition asks for, if there are as many.
inline constexpr std::size_t kRecognitionBytes = 64U << 10U;

/// Tells what an input is by its first bytes. A capture counts as what most of them decode to: a
/// few damaged messages at its head do not hide it.
/// @param head   the first bytes, at most kRecognitionBytes of them are looked at
/// @param whole  whether that is all there is, so that nothing may be cut at the end
[[nodiscard]] CaptureFormat RecogniseCapture(std::span<const std::uint8_t> head, bool whole);

/// Everything that decoders may need to know beside the bytes.
struct CaptureOptions {
  DecodeOptions decode;
  std::string adsb_sensor = "adsb";      ///< name of the receiver that ADS-B reports are of
  bool accept_unseen_addresses = false;  ///< see AdsbOptions
  std::optional<Time> start;             ///< of captures without times of their own
  std::optional<Geodetic> reference;     ///< the site's origin
  std::vector<std::pair<int, std::string>> editions;  ///< ASTERIX: (category, edition)
  std::vector<AsterixSensor> asterix;                 ///< ASTERIX: the site's radars
  std::vector<sapient::NodeSensor> sapient;           ///< SAPIENT: nodes that the site names
  std::string sapient_receiver = "sapient";  ///< the sensor that reports of other nodes are of
  std::string cot_sensor = "cot";  ///< name of the sensor that Cursor on Target reports are of
  std::string cot_own;  ///< what uids of our own tracks begin with; empty: there are none
  std::string remote_id_sensor = "remote-id";  ///< name of the receiver of Remote ID
  bool datagrams = false;                      ///< each Feed is one whole datagram
};

/// What a site says of its captures: the ADS-B receiver's name, radars with their editions (without
/// antenna heights, for which the ground must be known), the origin.
[[nodiscard]] CaptureOptions CaptureOptionsOf(const Site& site);

/// Whether decoders make up this sensor id for reports of a source that the site does not name:
/// "adsb", "asterix-SAC-SIC", "sapient", "cot", "remote-id".
[[nodiscard]] bool IsReceiverName(std::string_view id);

/// A decoder for a stream of the format; null for what is no stream of messages: kRecording, kPcap,
/// kTruth, kTracks, kUnknown.
[[nodiscard]] std::unique_ptr<StreamDecoder> MakeDecoder(CaptureFormat format,
                                                         const CaptureOptions& options);

}  // namespace picket
