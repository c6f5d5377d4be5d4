using EdgeAgent.Mqtt.Broker;

namespace EdgeAgent.Tests.Mqtt.Broker;

public sealed class PacketGuardTests
{
    /// <summary>268,435,455 bytes: the largest length there is (MQTT 5, section 2.1.4).</summary>
    private static readonly byte[] Huge = [0x10, 0xFF, 0xFF, 0xFF, 0x7F];

    [Fact]
    public void Take_HugeLength_IsRefusedWithItsLastByte()
    {
        var guard = new PacketGuard();
        for (var i = 0; i < Huge.Length - 1; i++) Assert.True(guard.Take(Huge.AsSpan(i, 1), 1000));
        Assert.False(guard.Take(Huge.AsSpan(4, 1), 1000));
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public void Take_AtTheLimit_IsTaken(int length, bool isTaken) =>
        Assert.Equal(isTaken, new PacketGuard().Take([0x30, (byte)(length & 0x7F | 0x80), (byte)(length >> 7)], 1000));

    [Fact]
    public void Take_LengthOfFiveBytes_IsNone() =>
        Assert.False(new PacketGuard().Take([0x10, 0x80, 0x80, 0x80, 0x80], int.MaxValue));

    /// <summary>Bodies are no headers, wherever the stream is cut.</summary>
    [Fact]
    public void Take_PacketsCutAnywhere_FindsTheLargeOne()
    {
        byte[] packets = [0xC0, 0, .. Packet(5), .. Packet(200), 0xC0, 0, .. Packet(3)];
        for (var cut = 0; cut <= packets.Length; cut++)
        {
            var guard = new PacketGuard();
            Assert.True(guard.Take(packets.AsSpan(0, cut), 200) && guard.Take(packets.AsSpan(cut), 200));
            Assert.False(guard.Take(Huge, 200));
        }
        static byte[] Packet(int length) => [0x30, .. length < 128 ? new[] { (byte)length } : [(byte)(length & 0x7F | 0x80), 1],
            .. Enumerable.Repeat((byte)0xFF, length)];
    }
}
