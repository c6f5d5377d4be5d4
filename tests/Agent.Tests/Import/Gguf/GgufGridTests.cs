using EdgeAgent.Import.Gguf;

namespace EdgeAgent.Tests.Import.Gguf;

public sealed class GgufGridTests
{
    public static TheoryData<GgufType> Types => [.. Enum.GetValues<GgufType>().Where(t => GgufGrid.Bits(t) > 0)];

    /// <summary>Random blocks, negative and zero scales among them: level x scale + offset is the dequantized value.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Read_RandomBlocks_AreTheDequantizedValues(GgufType type)
    {
        var random = new Random((int)type);
        var (elements, size) = GgufTypes.Block(type);
        for (var i = 0; i < 200; i++)
        {
            var bytes = new byte[size * 3];
            random.NextBytes(bytes);
            for (var b = 0; b < 3; b++)
                foreach (var at in type is GgufType.Q4_0 or GgufType.Q5_0 or GgufType.Q8_0 ? new[] { 0 } : [0, 2])
                    BitConverter.TryWriteBytes(bytes.AsSpan(b * size + at),
                        (Half)((b == 2 && i % 10 == 0 ? 0 : random.NextDouble() - (type == GgufType.Q8_0 ? 0 : 0.5)) * 0.1));
            var expected = new float[3 * elements];
            GgufDequantizer.Dequantize(type, bytes, expected);
            var levels = new sbyte[expected.Length];
            float[] scales = new float[expected.Length / 32], offsets = new float[expected.Length / 32];
            GgufGrid.Read(type, bytes, levels, scales, offsets);
            Assert.All(scales, s => Assert.True(s > 0));
            if (GgufGrid.Bits(type) == 4) Assert.All(levels, l => Assert.InRange(l, -8, 7));
            for (var e = 0; e < expected.Length; e++)
                Assert.Equal(expected[e], levels[e] * scales[e / 32] + offsets[e / 32], 1e-5f * (1 + Math.Abs(offsets[e / 32])));
        }
    }
}
