namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// Follows the packets in a stream of bytes and finds the one that announces too much, before anything is allocated for it (MQTT 5,
/// section 2.1.4: the length is a variable byte integer of at most four bytes). Pure.
/// </summary>
internal sealed class PacketGuard
{
    private const int MaxLengthBytes = 4;
    private bool _isInLength;
    private int _length, _lengthBytes;
    private long _bodyLeft;

    /// <summary>Takes the next bytes; false once a packet is longer than the limit, or its length is none.</summary>
    /// <param name="maxBytes">Largest body of a packet.</param>
    public bool Take(ReadOnlySpan<byte> bytes, int maxBytes)
    {
        for (var i = 0; i < bytes.Length;)
        {
            if (_bodyLeft > 0)
            {
                var skipped = (int)Math.Min(_bodyLeft, bytes.Length - i);
                _bodyLeft -= skipped;
                i += skipped;
            }
            else if (!_isInLength)
            {
                i++; // type and flags
                (_isInLength, _length, _lengthBytes) = (true, 0, 0);
            }
            else if (!TakeLength(bytes[i++], maxBytes)) return false;
        }
        return true;
    }

    private bool TakeLength(byte next, int maxBytes)
    {
        _length |= (next & 0x7F) << (7 * _lengthBytes++);
        if ((next & 0x80) != 0) return _lengthBytes < MaxLengthBytes;
        (_isInLength, _bodyLeft) = (false, _length);
        return _length <= maxBytes;
    }
}
