// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "picket/codec/sapient.h"

namespace picket::sapient {

/// A node_id that is always the same for the same name: a UUID whose random part is drawn from it.
[[nodiscard]] std::string NodeIdOf(std::string_view name);

/// The node at the other end of a connection, as it has told of itself.
struct Peer {
  std::string node;  ///< node_id; empty: not registered
  std::string name;
  std::string type;    ///< "NODE_TYPE_RADAR"
  std::string system;  ///< of its last status, "SYSTEM_OK"; empty: none yet
  std::string mode;
  Duration ahead;  ///< its clock before ours, by its last message
};

/// picket's side of one connection with a sensor: a fusion node of BSI Flex 335 v2.0. Takes its
/// registration, status, detections and alerts, answers as the standard asks for, and refuses every
/// task and every node that is an effector. Pure: the connection and the clock are the caller's.
///
/// - Registration comes first; anything before it is answered with an Error.
/// - What is not sound is answered with an Error that holds all reasons (a registration: with a
///   RegistrationAck that does). An Error is never answered.
/// - A status with info UNCHANGED before one with NEW is an error, as is another node's id.
/// - A message that is off by more than kLargestOffset is an error: its detections would be of
///   another time.
class FusionNode {
 public:
  static constexpr Duration kLargestOffset = Duration::Seconds(60.0);
  /// How long a look waits for further detections of the same time.
  static constexpr Duration kLookWait = Duration::Seconds(0.1);

  struct Sink {
    DecodeSink decode;                                ///< messages, reports, errors
    std::function<void(const std::string&)> send;     ///< bytes for the other side
    std::function<void(const std::string&)> note;     ///< one line: registered, alert, left ...
    std::function<void(const std::string&)> heard{};  ///< the sensor that a sound message is of
  };

  /// @param node_id  ours
  FusionNode(std::string node_id, Options options);
  ~FusionNode();

  void Feed(std::span<const std::uint8_t> bytes, Time now, const Sink& sink);
  /// To be called every now and then: looks that have waited long enough go out.
  void Tick(Time now, const Sink& sink);
  /// The connection has ended: what is left goes out, and the node's sensor is down.
  void Finish(Time now, const Sink& sink);
  /// The stream cannot be followed any more: the connection is to be closed.
  [[nodiscard]] bool broken() const;
  [[nodiscard]] const Peer& peer() const;
  [[nodiscard]] const Counts& counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket::sapient
