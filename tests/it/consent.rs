mod withdraw;
