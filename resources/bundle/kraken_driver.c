/* A bare-metal driver for the engine: sends the packets of dma_sequence.h one after the other and compares what comes.
 * It is a skeleton: fill in struct kraken_port for your DMA (for AXI DMA: XAxiDma_SimpleTransfer and XAxiDma_Busy), and
 * load the .bin files at their offsets first (xsdb/load_memory.tcl does).
 *
 * The order is the whole trick of several DMAs: the sums must have a place to go before the packets are sent that make
 * them, and the next packets may be sent while the array still works, for both readers hold two packets. */
#include "dma_sequence.h"
#include <stddef.h>
#include <stdint.h>

struct kraken_port {
  void *context;
  /* start a transfer and return; 0 where it could be started */
  int (*send_pixels)(void *context, const uint8_t *from, uint32_t bytes);
  int (*send_weights)(void *context, const uint8_t *from, uint32_t bytes);
  int (*receive_sums)(void *context, uint8_t *to, uint32_t bytes);
  /* return when the transfer is done; 0 where it ended well */
  int (*wait_pixels)(void *context);
  int (*wait_weights)(void *context);
  int (*wait_sums)(void *context);
  /* caches: write back before a DMA reads, drop after a DMA wrote; may be empty */
  void (*flush)(void *context, const void *at, uint32_t bytes);
  void (*invalidate)(void *context, void *at, uint32_t bytes);
};

/* Where a run failed: the packet in kraken_sequence, and the byte of its sums; byte is -1 where a transfer failed. */
struct kraken_difference {
  int packet;
  int32_t byte;
  uint8_t expected, actual;
};

/* Returns how many packets of sums differ, and the first difference; -1 where a transfer failed.
 * pixels, weights and expected are the three areas of the memory map, received has room for KRAKEN_SUM_AREA bytes. */
int kraken_run(const struct kraken_port *port, const uint8_t *pixels, const uint8_t *weights, const uint8_t *expected,
               uint8_t *received, struct kraken_difference *first) {
  int different = 0;
  port->flush(port->context, pixels, KRAKEN_PIXEL_AREA);
  port->flush(port->context, weights, KRAKEN_WEIGHT_AREA);
  for (int i = 0; i < KRAKEN_PACKETS; i++) {
    const struct kraken_packet *packet = &kraken_sequence[i];
    uint8_t *sums = received + packet->sums_at;
    int failed = 0;
    if (packet->sums_bytes) failed |= port->receive_sums(port->context, sums, packet->sums_bytes);
    failed |= port->send_weights(port->context, weights + packet->weights_at, packet->weights_bytes);
    failed |= port->send_pixels(port->context, pixels + packet->pixels_at, packet->pixels_bytes);
    failed |= port->wait_weights(port->context) | port->wait_pixels(port->context);
    if (packet->sums_bytes) failed |= port->wait_sums(port->context);
    if (failed) {
      *first = (struct kraken_difference){i, -1, 0, 0};
      return -1;
    }
    port->invalidate(port->context, sums, packet->sums_bytes);
    for (uint32_t at = 0; at < packet->sums_bytes; at++)
      if (sums[at] != expected[packet->sums_at + at]) {
        if (different++ == 0)
          *first = (struct kraken_difference){i, (int32_t)at, expected[packet->sums_at + at], sums[at]};
        break;
      }
  }
  return different;
}
