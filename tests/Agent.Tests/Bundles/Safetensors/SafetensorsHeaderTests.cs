using System.Buffers.Binary;
using System.Text;
using CsCheck;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Bundles.Safetensors;

public sealed class SafetensorsHeaderTests
{
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "8 bytes for tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "bytes in all")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "to start at data offset 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4,
        "'b' to start at data offset 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8,
        "'a' twice")]
    [InlineData("""{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}""", 4, "F99")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "non-negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", 4, "to fit the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", 4, "valid JSON")]
    [InlineData("""[1]""", 0, "JSON object")]
    public void Header_Wrong_IsRefusedSayingWhat(string json, int dataBytes, string said)
    {
        var bytes = File(json, dataBytes);
        var error = Assert.Throws<ModelFileException>(() => SafetensorsHeader.Parse("f", bytes, bytes.Length));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Header_LongerThanTheFile_IsRefused()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        Assert.Throws<ModelFileException>(() => SafetensorsHeader.ReadLength("f", bytes, bytes.Length));
    }

    /// <summary>Whatever the bytes, parsing ends in entries inside the file or in a ModelFileException.</summary>
    [Fact]
    public void Header_RandomMutations_NeverEscapeTheFile()
    {
        var valid =
            Encoding.UTF8.GetBytes(
                """{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"""
                + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}");
        Gen.Select(Gen.Int[0, 8], Gen.Int, Gen.Byte.Array[0, 6], Gen.Int[0, 16]).Sample((edits, seed, insert, extra) =>
        {
            var random = new Random(seed);
            var header = valid.ToList();
            for (var i = 0; i < edits; i++)
            {
                var at = random.Next(header.Count);
                if (random.Next(3) == 0) header.InsertRange(at, insert);
                else if (random.Next(2) == 0 && header.Count > 1) header.RemoveAt(at);
                else header[at] = (byte)random.Next(256);
            }
            var bytes = File(header.ToArray(), extra);
            try
            {
                foreach (var e in SafetensorsHeader.Parse("f", bytes, bytes.Length).Values)
                    Assert.InRange(e.Offset + e.Length, 8 + header.Count, bytes.Length);
            }
            catch (ModelFileException)
            {
                // the stated outcome
            }
        }, iter: Fuzzing.Cases);
    }

    private static byte[] File(string json, int dataBytes) => File(Encoding.UTF8.GetBytes(json), dataBytes);

    private static byte[] File(byte[] json, int dataBytes)
    {
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        return bytes;
    }
}
