/* A memory in place of a board: its DMA of sums writes what is expected, but for one byte where argv asks for it. In: the
 * three areas as files, made from the .bin files of a bundle. Out: what the driver says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver/kraken_driver.c"

static uint8_t pixels[KRAKEN_PIXEL_AREA], weights[KRAKEN_WEIGHT_AREA], expected[KRAKEN_SUM_AREA], received[KRAKEN_SUM_AREA];
static long wrong = -1;

static int send(void *context, const uint8_t *from, uint32_t bytes) {
  /* the second byte of a packet says which stream it is for */
  (void)bytes;
  return context == NULL || (from[1] != 0xa1 && from[1] != 0xb2);
}
static int receive(void *context, uint8_t *to, uint32_t bytes) {
  (void)context;
  memcpy(to, expected + (to - received), bytes);
  if (wrong >= to - received && wrong < to - received + (long)bytes) received[wrong] ^= 1;
  return 0;
}
static int done(void *context) { return context == NULL; }
static void flush(void *context, const void *at, uint32_t bytes) { (void)context, (void)at, (void)bytes; }
static void invalidate(void *context, void *at, uint32_t bytes) { (void)context, (void)at, (void)bytes; }

static void load(const char *name, uint8_t *to, size_t bytes) {
  FILE *file = fopen(name, "rb");
  if (!file || fread(to, 1, bytes, file) != bytes) exit(2);
  fclose(file);
}

int main(int argc, char **argv) {
  struct kraken_difference first;
  int context = 0, different;
  const struct kraken_port port = {&context, send, send, receive, done, done, done, flush, invalidate};
  load("pixels.area", pixels, sizeof pixels);
  load("weights.area", weights, sizeof weights);
  load("sums.area", expected, sizeof expected);
  if (argc > 1) wrong = atol(argv[1]);
  different = kraken_run(&port, pixels, weights, expected, received, &first);
  printf("%d different", different);
  if (different) printf(", first packet %d byte %d", first.packet, (int)first.byte);
  printf("\n");
  return 0;
}
