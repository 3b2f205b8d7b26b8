#!/usr/bin/env python3
"""Fills a site's spool with payments, confirmed by PayPal already, for measuring daybook-post.

  fill.py SITE FIRST N      N payments numbered from FIRST, of a thousand customers
  fill.py --customers       a CSV of those customers
  fill.py --files DIR N     seconds that creating and removing N files of that size there take
"""
import hashlib
import os
import sys
import time

BODY = ("mc_gross=20.00&invoice=INV-{n}&protection_eligibility=Eligible&address_status=confirmed"
        "&payer_id=BUYER{c:07d}X&tax=0.00&address_street=1+Main+St&payment_date=08%3A15%3A42+Nov+20%2C+2026+PST"
        "&payment_status=Completed&charset=windows-1252&address_zip=95131&first_name=Alice&mc_fee=0.98"
        "&address_country_code=US&address_name=Alice+Buyer&notify_version=3.9&custom=acct%3D42"
        "&payer_status=verified&business=billing%40example.com&address_country=United+States"
        "&address_city=San+Jose&quantity=1&verify_sign=AecSEmc6abyEaArHHL0pLHef.zp4K6QqGdAEHuGOV6UcOJkp2Nt3h2cR"
        "&payer_email=buyer{c}%40example.net&txn_id=B{n:016d}&payment_type=instant&last_name=Buyer"
        "&address_state=CA&receiver_email=billing%40example.com&payment_fee=0.98&shipping_discount=0.00"
        "&receiver_id=MERCHANTID123&insurance_amount=0.00&txn_type=web_accept&item_name=Prepaid+credit"
        "&discount=0.00&mc_currency=USD&item_number=CREDIT20&residence_country=US&handling_amount=0.00"
        "&shipping_method=Default&transaction_subject=acct%3D42&payment_gross=20.00&shipping=0.00"
        "&ipn_track_id=3f1c9a7be0d42")


def fill(site, first, n):
    new = os.open(os.path.join(site, "spool/in/new"), os.O_RDONLY)
    t = time.time()
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(t))
    iso = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t))
    lines = []
    for i in range(n):
        number = first + i
        name = f"{stamp}.{i:06d}-{number:016x}"
        body = BODY.format(n=number, c=number % 1000).encode()
        head = (f"daybook-message 1\nintegration live_ipn\nkind paypal-ipn\nmode live\n"
                f"received {iso}.{i:06d}Z\nremote 192.0.2.7\nlength {len(body)}\n\n").encode()
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640, dir_fd=new)
        os.write(fd, head + body)
        os.close(fd)
        about = f"live_ipn paypal-ipn live {hashlib.sha256(body).hexdigest()}".encode()
        lines.append(f"V {name} 1 200 {int(t * 1e6)} {hashlib.sha256(about).hexdigest()}"
                     " VkVSSUZJRUQ=\n")
    with open(os.path.join(site, "spool/post/state.log"), "a", encoding="ascii") as f:
        f.writelines(lines)


def files(folder, n):
    os.mkdir(folder)
    data = BODY.encode()
    began = time.time()
    for i in range(n):
        fd = os.open(f"{folder}/{i:022d}-{i:016x}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        os.write(fd, data)
        os.close(fd)
    middle = time.time()
    os.sync()
    again = time.time()
    for i in range(n):
        os.unlink(f"{folder}/{i:022d}-{i:016x}")
    print(f"{middle - began:.3f} {time.time() - again:.3f}")
    os.rmdir(folder)


def main():
    if sys.argv[1] == "--customers":
        print("id,name,paypal_email")
        for c in range(1000):
            print(f"C{c:05d},Customer {c},buyer{c}@example.net")
    elif sys.argv[1] == "--files":
        files(sys.argv[2], int(sys.argv[3]))
    else:
        fill(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    main()
