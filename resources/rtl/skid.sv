// Skid buffer: one register slice of an AXI stream. Both directions leave from flip-flops, so that no path runs through
// from port to port; a second register takes the word that is on its way when the other side stops. No clock is lost.
module skid #(
  parameter int BITS = 8
) (
  input  logic            clk,
  input  logic            rstn,
  input  logic            s_valid,
  output logic            s_ready,
  input  logic [BITS-1:0] s_data,
  output logic            m_valid,
  input  logic            m_ready,
  output logic [BITS-1:0] m_data
);
  logic            spare_valid;
  logic [BITS-1:0] spare;

  wire put  = s_valid && s_ready;
  wire free = !m_valid || m_ready;  // the front register may take a word

  always_ff @(posedge clk)
    if (!rstn) begin
      m_valid     <= 1'b0;
      spare_valid <= 1'b0;
      s_ready     <= 1'b0;  // nothing is taken in reset, when it would be lost
    end else begin
      if (free) m_valid <= spare_valid || put;
      spare_valid <= !free && (spare_valid || put);
      s_ready     <= free || !(spare_valid || put);
    end

  // data carry no reset
  always_ff @(posedge clk) begin
    if (free && spare_valid) m_data <= spare;
    else if (free && put)    m_data <= s_data;
    if (!free && put)        spare  <= s_data;
  end
endmodule
