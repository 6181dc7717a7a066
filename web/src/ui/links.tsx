// SPDX-License-Identifier: Apache-2.0

/** The links to others, in and out, and whether they stand. */

import { bytesRate, clockText, count, rate, span } from '../format';
import type { LinkHealth } from '../api';
import type { Model } from '../model';

const kStates = {
  up: 'up', listening: 'listening', connecting: 'connecting', silent: 'SILENT', down: 'DOWN',
};
const kRank = { down: 0, silent: 1, connecting: 2, listening: 3, up: 4 };

const isBroken = (link: LinkHealth) => link.state === 'silent' || link.state === 'down';

export function LinkList({ model }: { model: Model }) {
  const links = [...(model.health?.feeds ?? [])]
    .sort((a, b) => kRank[a.state] - kRank[b.state]);
  if (links.length === 0) return null;
  const broken = links.filter(isBroken).length;
  return (
    <section class="sensors links" aria-label="Links">
      <h2>
        Links
        <span class="tally">
          {broken > 0 ? <em class="warning">{broken} broken</em> : <em class="none">all stand</em>}
        </span>
      </h2>
      <ul id="links" tabIndex={0} aria-label="Links to others, those that do not stand first">
        {links.map((link, at) => {
          const per_s = link.direction === 'in' ? link.reports_per_s : link.messages_per_s;
          const errors = link.errors > 0 ? `${count(link.errors)} errors` : '';
          return (
            <li key={at} class={isBroken(link) ? 'silent' : 'up'} title={title(link)}>
              <i aria-hidden="true" />
              <span class="name">{link.name}</span>
              <span class="kind">{link.direction}</span>
              <span class="state">{kStates[link.state]}</span>
              <span class="n">
                {link.age_s === null ? '' : link.age_s < 1.5 ? 'now' : span(link.age_s)}
              </span>
              <span class="n detections">
                {per_s === null ? '' : rate(per_s)}
                {link.bytes_per_s === null ? '' : ` ${bytesRate(link.bytes_per_s)}`}
              </span>
              <span class="n condition warn">
                {[clockText(link.clock), errors].filter(Boolean).join(', ')}
              </span>
              {link.reason && <span class="reason">{link.reason}</span>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** All that there is to say, for who points at it. */
function title(link: LinkHealth): string {
  const lines = [`${count(link.reconnects)} times made anew`];
  if (link.retry_in_s !== null) lines.push(`tried again in ${span(Math.ceil(link.retry_in_s))}`);
  if (link.report_age_s !== null) lines.push(`last report ${span(link.report_age_s)} ago`);
  if (link.clock) {
    const { offset_s, spread_s, least_s, reports } = link.clock;
    lines.push(`reports arrive ${offset_s.toFixed(3)} s after their time (spread `
      + `${spread_s.toFixed(3)} s, least ${least_s.toFixed(3)} s, last ${reports}): their clock `
      + 'and their way, which cannot be told apart');
  }
  if (link.last_error) lines.push(`last error: ${link.last_error}`);
  return lines.join('\n');
}
